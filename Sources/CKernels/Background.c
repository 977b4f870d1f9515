#include "CKernels.h"
#include "clones.h"
#include "elementary.h"

CLONES double ck_sum_double(const float *x, ptrdiff_t n) {
#pragma clang fp reassociate(on)
  double sum = 0;
  for (ptrdiff_t i = 0; i < n; i++) sum += (double)x[i];
  return sum;
}

// Sixteen running minima and maxima: they are not reassociated by the pragma.
CLONES void ck_range(const float *x, ptrdiff_t n, float *least, float *greatest) {
  float low[16], high[16];
  for (int l = 0; l < 16; l++) low[l] = high[l] = x[0];
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++) {
      const float v = x[i + l];
      low[l] = v < low[l] ? v : low[l];
      high[l] = v > high[l] ? v : high[l];
    }
  for (; i < n; i++) {
    low[0] = x[i] < low[0] ? x[i] : low[0];
    high[0] = x[i] > high[0] ? x[i] : high[0];
  }
  for (int l = 1; l < 16; l++) {
    low[0] = low[l] < low[0] ? low[l] : low[0];
    high[0] = high[l] > high[0] ? high[l] : high[0];
  }
  *least = low[0];
  *greatest = high[0];
}

CLONES void ck_subtract_power_law(float *x, const float *logs, ptrdiff_t n, float amplitude,
                                  float exponent) {
  for (ptrdiff_t i = 0; i < n; i++) x[i] -= amplitude * exp_float(-exponent * logs[i]);
}

INLINE float spike_excess(const float *x, const float *reference, float scale, ptrdiff_t j) {
  return x[j] - 0.5f * (x[j - 2] + x[j + 2])
         - scale * (reference[j] - 0.5f * (reference[j - 2] + reference[j + 2]));
}

CLONES double ck_spike_statistic(const float *x, const float *reference, const float *weights,
                                 float scale, ptrdiff_t n, float *greatest) {
#pragma clang fp reassociate(on)
  float high[16], sums[16];
  for (int l = 0; l < 16; l++) high[l] = sums[l] = 0;
  ptrdiff_t j = 2;
  for (; j + 16 <= n - 2; j += 16)
    for (int l = 0; l < 16; l++) {
      const float e = weights[j + l] * spike_excess(x, reference, scale, j + l);
      sums[l] += e < 0 ? -e : e;
      high[l] = e > high[l] ? e : high[l];
    }
  double sum = 0;
  for (int l = 0; l < 16; l++) {
    sum += (double)sums[l];
    high[0] = high[l] > high[0] ? high[l] : high[0];
  }
  for (; j < n - 2; j++) {
    const float e = weights[j] * spike_excess(x, reference, scale, j);
    sum += (double)(e < 0 ? -e : e);
    high[0] = e > high[0] ? e : high[0];
  }
  *greatest = high[0];
  return sum;
}

CLONES double ck_noise_sum(const float *x, const float *weights, ptrdiff_t n) {
#pragma clang fp reassociate(on)
  double sum = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    const float difference = x[i + 2] - x[i - 1] + 3 * (x[i] - x[i + 1]);
    sum += (double)(weights[i] * difference * difference);
  }
  return sum / 20;
}

CLONES void ck_filter6(const float *x, const float weights[6], ptrdiff_t n, float *y) {
  const float a = weights[0], b = weights[1], c = weights[2], d = weights[3], e = weights[4],
              f = weights[5];
  for (ptrdiff_t i = 0; i < n; i++)
    y[i] = a * x[i] + b * x[i + 1] + c * x[i + 2] + d * x[i + 3] + e * x[i + 4] + f * x[i + 5];
}
