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

// From the largest logit on: its own term is 1, and the sum of the others keeps its digits beside it.
float ck_softmax(const float *x, ptrdiff_t n, ptrdiff_t target, float *p) {
  ptrdiff_t largest = 0;
  for (ptrdiff_t i = 1; i < n; i++) largest = x[i] > x[largest] ? i : largest;
  const float maximum = x[largest];
  const float distance = maximum - x[target];
  float others = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    p[i] = exp_float(x[i] - maximum);
    others += i == largest ? 0 : p[i];
  }
  const float scale = 1 / (1 + others);
  for (ptrdiff_t i = 0; i < n; i++) p[i] *= scale;
  return distance + (others <= 1 ? log_one_plus(others) : log_float(1 + others));
}
