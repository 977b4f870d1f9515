#include "CKernels.h"
#include "clones.h"

CLONES void ck_adam(float *w, const float *g, float *m, float *v, ptrdiff_t n, float beta1,
                    float beta2, float rate, float correction, float epsilon, float decay) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float first = beta1 * m[i] + (1 - beta1) * g[i];
    const float second = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    m[i] = first;
    v[i] = second;
    const float root = __builtin_elementwise_sqrt(second);
    // Not (1 − decay)·w: of that factor Float would keep too few digits.
    w[i] -= rate * first / (correction * root + epsilon) + decay * w[i];
  }
}

CLONES void ck_moving_average(float *average, const float *x, ptrdiff_t n, float decay) {
  for (ptrdiff_t i = 0; i < n; i++) average[i] += (1 - decay) * (x[i] - average[i]);
}
