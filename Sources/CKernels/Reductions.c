#include "CKernels.h"
#include "clones.h"

#include <string.h>

CLONES float ck_sum(const float *x, ptrdiff_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (ptrdiff_t i = 0; i < n; i++) sum += x[i];
  return sum;
}

CLONES float ck_dot(const float *x, const float *y, ptrdiff_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (ptrdiff_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

// Sixteen running maxima: unlike a sum, a float maximum is not reassociated by the pragma.
CLONES float ck_max(const float *x, ptrdiff_t n) {
  float lanes[16];
  for (int l = 0; l < 16; l++) lanes[l] = x[0];
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
  for (; i < n; i++) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  for (int l = 1; l < 16; l++) lanes[0] = lanes[l] > lanes[0] ? lanes[l] : lanes[0];
  return lanes[0];
}

CLONES bool ck_all_finite(const float *x, ptrdiff_t n) {
  uint32_t bad = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bad |= (bits & 0x7F800000u) == 0x7F800000u;
  }
  return !bad;
}

CLONES void ck_column_sums(const float *x, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t columns,
                           float *out) {
  for (ptrdiff_t j = 0; j < columns; j++) out[j] = 0;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < columns; j++) out[j] += x[i * ld + j];
}
