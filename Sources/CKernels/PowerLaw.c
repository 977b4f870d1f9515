#include "CKernels.h"
#include "clones.h"
#include "elementary.h"

// In double: with r from sums of single precision, A = B·E^r would be wrong in its sixth digit.

CLONES ck_moments ck_power_moments(const double *logs, ptrdiff_t n, double exponent) {
#pragma clang fp reassociate(on)
  double zeroth = 0, first = 0, second = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    const double f = exp_double(-exponent * logs[i]);
    zeroth += f;
    first += f * logs[i];
    second += f * logs[i] * logs[i];
  }
  return (ck_moments){zeroth, first, second};
}

CLONES ck_moments ck_power_moments_of(const float *x, const double *logs, ptrdiff_t n,
                                      double exponent) {
#pragma clang fp reassociate(on)
  double zeroth = 0, first = 0, second = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    const double f = (double)x[i] * exp_double(-exponent * logs[i]);
    zeroth += f;
    first += f * logs[i];
    second += f * logs[i] * logs[i];
  }
  return (ck_moments){zeroth, first, second};
}

CLONES double ck_power_chi_square(const float *x, const double *logs, ptrdiff_t n,
                                  double amplitude1, double exponent1, double amplitude2,
                                  double exponent2) {
#pragma clang fp reassociate(on)
  double sum = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    const double model = amplitude1 * exp_double(-exponent1 * logs[i])
                         + amplitude2 * exp_double(-exponent2 * logs[i]);
    const double residual = (double)x[i] - model;
    sum += residual * residual / model;
  }
  return sum;
}
