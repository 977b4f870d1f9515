#include "CKernels.h"
#include "elementary.h"

#include <string.h>

// Kernels are worked on in groups of LANES, as vectors: one AVX-512 or two AVX registers. The last
// group overlaps the one before it; fewer kernels than LANES are a part of one vector.
enum { LANES = 16 };
typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t lane_bits __attribute__((vector_size(4 * LANES)));

INLINE void load(lanes *to, const float *from, ptrdiff_t width) {
  *to = (lanes){0};
  memcpy(to, from, sizeof(float) * (size_t)width);
}

INLINE void add(float *to, const lanes *value, ptrdiff_t width) {
  lanes sum;
  load(&sum, to, width);
  sum += *value;
  memcpy(to, &sum, sizeof(float) * (size_t)width);
}

// Left to itself the compiler unrolls the loop and does not find the vectors again.
INLINE void exponentials(lanes *x) {
  float values[LANES];
  memcpy(values, x, sizeof values);
#pragma clang loop vectorize(enable) unroll(disable)
  for (int l = 0; l < LANES; l++) values[l] = exp_float(values[l]);
  memcpy(x, values, sizeof values);
}

INLINE void forward_group(const float *m, ptrdiff_t rows, ptrdiff_t kernels, ptrdiff_t dimensions,
                          ptrdiff_t width, float *out, ptrdiff_t out_ld, float *pairs) {
  const ptrdiff_t m_ld = kernels * dimensions;
  const lanes zero = {0};
  for (ptrdiff_t i = 0; i < rows; i++)
    memcpy(out + i * out_ld, &zero, sizeof(float) * (size_t)width);
  for (ptrdiff_t i = 0; i < rows; i++) {
    lanes sum = {0};
    for (ptrdiff_t j = i + 1; j < rows; j++, pairs += kernels) {
      lanes e = {0};
      for (ptrdiff_t d = 0; d < dimensions; d++) {
        lanes own, other;
        load(&own, m + i * m_ld + d * kernels, width);
        load(&other, m + j * m_ld + d * kernels, width);
        e -= (lanes)((lane_bits)(own - other) & 0x7FFFFFFFu);
      }
      exponentials(&e);
      memcpy(pairs, &e, sizeof(float) * (size_t)width);
      sum += e;
      add(out + j * out_ld, &e, width);
    }
    add(out + i * out_ld, &sum, width);
  }
}

CLONES void ck_minibatch_forward(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                                 ptrdiff_t dimensions, float *out, ptrdiff_t out_ld,
                                 float *pairs) {
  if (kernels < LANES) {
    forward_group(m, rows, kernels, dimensions, kernels, out, out_ld, pairs);
    return;
  }
  for (ptrdiff_t b = 0; b < kernels; b += LANES) {
    const ptrdiff_t first = b + LANES <= kernels ? b : kernels - LANES;
    forward_group(m + first, rows, kernels, dimensions, LANES, out + first, out_ld, pairs + first);
  }
}

// ∂/∂m[i,d] of exp(−|m[i]−m[j]|₁) is −sign(m[i,d]−m[j,d])·exp(…), and the opposite for m[j,d]. A
// dimension at a time, so that row i's part stays in a register.
INLINE void backward_group(const float *m, ptrdiff_t rows, ptrdiff_t kernels, ptrdiff_t dimensions,
                           ptrdiff_t width, const float *out_gradient, ptrdiff_t out_ld,
                           const float *pairs, float *m_gradient) {
  enum { BLOCK = 64 };
  const ptrdiff_t m_ld = kernels * dimensions;
  const lanes zero = {0};
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t d = 0; d < dimensions; d++)
      memcpy(m_gradient + i * m_ld + d * kernels, &zero, sizeof(float) * (size_t)width);
  for (ptrdiff_t i = 0; i < rows; i++) {
    lanes own_gradient;
    load(&own_gradient, out_gradient + i * out_ld, width);
    for (ptrdiff_t first = i + 1; first < rows; first += BLOCK) {
      const ptrdiff_t last = first + BLOCK < rows ? first + BLOCK : rows;
      lanes pulls[BLOCK];
      for (ptrdiff_t j = first; j < last; j++, pairs += kernels) {
        lanes e, other_gradient;
        load(&e, pairs, width);
        load(&other_gradient, out_gradient + j * out_ld, width);
        pulls[j - first] = e * (own_gradient + other_gradient);
      }
      for (ptrdiff_t d = 0; d < dimensions; d++) {
        lanes own, sum = {0};
        load(&own, m + i * m_ld + d * kernels, width);
        for (ptrdiff_t j = first; j < last; j++) {
          lanes other;
          load(&other, m + j * m_ld + d * kernels, width);
          const lanes difference = own - other;
          const lane_bits sign = (lane_bits)difference & 0x80000000u;
          const lanes push =
              (lanes)(((lane_bits)pulls[j - first] ^ sign) & (lane_bits)(difference != 0));
          sum -= push;
          add(m_gradient + j * m_ld + d * kernels, &push, width);
        }
        add(m_gradient + i * m_ld + d * kernels, &sum, width);
      }
    }
  }
}

CLONES void ck_minibatch_backward(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                                  ptrdiff_t dimensions, const float *out_gradient,
                                  ptrdiff_t out_ld, const float *pairs, float *m_gradient) {
  if (kernels < LANES) {
    backward_group(m, rows, kernels, dimensions, kernels, out_gradient, out_ld, pairs, m_gradient);
    return;
  }
  for (ptrdiff_t b = 0; b < kernels; b += LANES) {
    const ptrdiff_t first = b + LANES <= kernels ? b : kernels - LANES;
    backward_group(m + first, rows, kernels, dimensions, LANES, out_gradient + first, out_ld,
                   pairs + first, m_gradient + first);
  }
}

double ck_minibatch_nearest(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                            ptrdiff_t dimensions) {
  const ptrdiff_t m_ld = kernels * dimensions;
  double sum = 0;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t b = 0; b < kernels; b++) {
      float nearest = __builtin_inff();
      for (ptrdiff_t j = 0; j < rows; j++) {
        float distance = 0;
        for (ptrdiff_t d = 0; d < dimensions; d++)
          distance +=
              __builtin_fabsf(m[i * m_ld + d * kernels + b] - m[j * m_ld + d * kernels + b]);
        if (j != i && distance < nearest) nearest = distance;
      }
      sum += nearest;
    }
  return sum / (double)(rows * kernels);
}
