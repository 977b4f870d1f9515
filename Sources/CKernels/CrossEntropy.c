#include "CKernels.h"
#include "elementary.h"

// sigmoid and softplus both from e = exp(−|x|), which cannot overflow.
CLONES float ck_cross_entropy(const float *x, ptrdiff_t n, float target, float *gradient) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    const float e = exp_float(x[i] < 0 ? x[i] : -x[i]);
    const float sigmoid = (x[i] < 0 ? e : 1.0f) / (1 + e);
    const float softplus = (x[i] > 0 ? x[i] : 0) + log_one_plus(e);
    gradient[i] = sigmoid - target;
    sum += softplus - target * x[i];
  }
  return sum;
}
