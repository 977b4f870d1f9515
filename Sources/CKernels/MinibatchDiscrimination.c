#include "CKernels.h"
#include "elementary.h"

#include <string.h>

// Kernels are worked on in groups of LANES: a group is one AVX-512 or two AVX registers, and with
// the constant width the compiler keeps the running sums of row i in registers.
enum { LANES = 16 };

INLINE void distances(const float *a, const float *b, ptrdiff_t kernels, ptrdiff_t dimensions,
                      ptrdiff_t width, float *distance) {
  for (ptrdiff_t l = 0; l < width; l++) distance[l] = 0;
  for (ptrdiff_t d = 0; d < dimensions; d++)
    for (ptrdiff_t l = 0; l < width; l++)
      distance[l] += __builtin_fabsf(a[d * kernels + l] - b[d * kernels + l]);
}

INLINE void forward_group(const float *m, ptrdiff_t rows, ptrdiff_t kernels, ptrdiff_t dimensions,
                          ptrdiff_t width, float scale, float *out, ptrdiff_t out_ld,
                          float *pairs) {
  const ptrdiff_t m_ld = kernels * dimensions;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t l = 0; l < width; l++) out[i * out_ld + l] = 0;
  for (ptrdiff_t i = 0; i < rows; i++) {
    float sum[LANES] = {0};
    for (ptrdiff_t j = i + 1; j < rows; j++, pairs += kernels) {
      float value[LANES];
      distances(m + i * m_ld, m + j * m_ld, kernels, dimensions, width, value);
      for (ptrdiff_t l = 0; l < width; l++) {
        const float e = exp_float(-value[l]);
        pairs[l] = e;
        sum[l] += e;
        out[j * out_ld + l] += e;
      }
    }
    for (ptrdiff_t l = 0; l < width; l++)
      out[i * out_ld + l] = scale * (out[i * out_ld + l] + sum[l]);
  }
}

CLONES void ck_minibatch_forward(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                                 ptrdiff_t dimensions, float scale, float *out, ptrdiff_t out_ld,
                                 float *pairs) {
  ptrdiff_t b = 0;
  for (; b + LANES <= kernels; b += LANES)
    forward_group(m + b, rows, kernels, dimensions, LANES, scale, out + b, out_ld, pairs + b);
  if (b < kernels)
    forward_group(m + b, rows, kernels, dimensions, kernels - b, scale, out + b, out_ld,
                  pairs + b);
}

// ∂/∂m[i,d] of exp(−|m[i]−m[j]|₁) is −sign(m[i,d]−m[j,d])·exp(…), and the opposite for m[j,d].
INLINE void backward_group(const float *m, ptrdiff_t rows, ptrdiff_t kernels, ptrdiff_t dimensions,
                           ptrdiff_t width, float scale, const float *out_gradient,
                           ptrdiff_t out_ld, const float *pairs, float *m_gradient) {
  const ptrdiff_t m_ld = kernels * dimensions;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = i + 1; j < rows; j++, pairs += kernels) {
      float pull[LANES];
      for (ptrdiff_t l = 0; l < width; l++)
        pull[l] = scale * pairs[l] * (out_gradient[i * out_ld + l] + out_gradient[j * out_ld + l]);
      for (ptrdiff_t d = 0; d < dimensions; d++) {
        const ptrdiff_t at_i = i * m_ld + d * kernels;
        const ptrdiff_t at_j = j * m_ld + d * kernels;
        for (ptrdiff_t l = 0; l < width; l++) {
          const float difference = m[at_i + l] - m[at_j + l];
          const float push = difference > 0 ? -pull[l] : (difference < 0 ? pull[l] : 0);
          m_gradient[at_i + l] += push;
          m_gradient[at_j + l] -= push;
        }
      }
    }
}

CLONES void ck_minibatch_backward(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                                  ptrdiff_t dimensions, float scale, const float *out_gradient,
                                  ptrdiff_t out_ld, const float *pairs, float *m_gradient) {
  memset(m_gradient, 0, sizeof(float) * (size_t)(rows * kernels * dimensions));
  ptrdiff_t b = 0;
  for (; b + LANES <= kernels; b += LANES)
    backward_group(m + b, rows, kernels, dimensions, LANES, scale, out_gradient + b, out_ld,
                   pairs + b, m_gradient + b);
  if (b < kernels)
    backward_group(m + b, rows, kernels, dimensions, kernels - b, scale, out_gradient + b, out_ld,
                   pairs + b, m_gradient + b);
}

double ck_minibatch_nearest(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                            ptrdiff_t dimensions) {
  const ptrdiff_t m_ld = kernels * dimensions;
  double sum = 0;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t b = 0; b < kernels; b++) {
      float nearest = __builtin_inff();
      for (ptrdiff_t j = 0; j < rows; j++) {
        float distance;
        distances(m + i * m_ld + b, m + j * m_ld + b, kernels, dimensions, 1, &distance);
        if (j != i && distance < nearest) nearest = distance;
      }
      sum += nearest;
    }
  return sum / (double)(rows * kernels);
}
