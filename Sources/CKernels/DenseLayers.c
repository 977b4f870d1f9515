#include "CKernels.h"
#include "elementary.h"

CLONES void ck_bias_activation(float *y, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t columns,
                               const float *bias, float slope) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    float *row = y + i * ld;
    for (ptrdiff_t j = 0; j < columns; j++) {
      const float v = row[j] + bias[j];
      row[j] = v > 0 ? v : slope * v;
    }
  }
}

CLONES void ck_activation_gradient(float *gradient, ptrdiff_t gradient_ld, const float *y,
                                   ptrdiff_t y_ld, ptrdiff_t rows, ptrdiff_t columns,
                                   float slope) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    float *g = gradient + i * gradient_ld;
    const float *out = y + i * y_ld;
    for (ptrdiff_t j = 0; j < columns; j++) g[j] = out[j] > 0 ? g[j] : slope * g[j];
  }
}

CLONES void ck_bias_tanh(float *y, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t columns,
                         const float *bias) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    float *row = y + i * ld;
    for (ptrdiff_t j = 0; j < columns; j++) row[j] = tanh_float(row[j] + bias[j]);
  }
}

CLONES void ck_tanh_gradient(float *gradient, ptrdiff_t gradient_ld, const float *y, ptrdiff_t y_ld,
                             ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t i = 0; i < rows; i++) {
    float *g = gradient + i * gradient_ld;
    const float *out = y + i * y_ld;
    for (ptrdiff_t j = 0; j < columns; j++) g[j] *= 1 - out[j] * out[j];
  }
}
