#include "CKernels.h"
#include "clones.h"

#include <string.h>

CLONES void ck_counting_noise(const float *x, const float *deviates, const float *background,
                              float gain, float floor, ptrdiff_t n, float *y) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float signal = x[i] > floor ? x[i] : floor;
    y[i] = x[i] + __builtin_elementwise_sqrt(gain * signal + background[i]) * deviates[i];
  }
}

CLONES void ck_counting_noise_gradient(const float *gradient, const float *x,
                                       const float *deviates, const float *background, float gain,
                                       float floor, ptrdiff_t n, float *x_gradient) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float signal = x[i] > floor ? x[i] : floor;
    const float slope = 0.5f * gain * deviates[i]
                        / __builtin_elementwise_sqrt(gain * signal + background[i]);
    x_gradient[i] = gradient[i] * (1 + (x[i] > floor ? slope : 0));
  }
}

// Sixty-four sums at a time stay in registers while the taps pass.
CLONES void ck_filter(const float *x, const float *weights, ptrdiff_t taps, ptrdiff_t n,
                      float *y) {
  enum { BLOCK = 64 };
  typedef float block __attribute__((vector_size(4 * BLOCK)));
  ptrdiff_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK) {
    block sum = {0};
    for (ptrdiff_t t = 0; t < taps; t++) {
      block shifted;
      memcpy(&shifted, x + i + t, sizeof shifted);
      sum += weights[t] * shifted;
    }
    memcpy(y + i, &sum, sizeof sum);
  }
  for (; i < n; i++) {
    float sum = 0;
    for (ptrdiff_t t = 0; t < taps; t++) sum += weights[t] * x[i + t];
    y[i] = sum;
  }
}
