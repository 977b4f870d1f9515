// The few loops that Swift cannot vectorise: reductions, the exp family, and what is fused with
// them. Each function compiles once for the baseline and, where the loader can choose at run time,
// once for AVX2 and once for AVX-512 (see clones.h). Matrices are row-major with a leading
// dimension `ld` (the distance between rows, in floats).
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reductions

/// Σ x[i].
float ck_sum(const float *x, ptrdiff_t n);
/// Σ x[i]·y[i].
float ck_dot(const float *x, const float *y, ptrdiff_t n);
/// max x[i]; n ≥ 1 and no NaN among them.
float ck_max(const float *x, ptrdiff_t n);
/// True when every element is finite.
bool ck_all_finite(const float *x, ptrdiff_t n);
/// out[j] = Σ over rows of x[row, j].
void ck_column_sums(const float *x, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t columns, float *out);

/// Σ x[i], added in double precision.
double ck_sum_double(const float *x, ptrdiff_t n);
/// The least and the greatest x[i]; n ≥ 1 and no NaN among them.
void ck_range(const float *x, ptrdiff_t n, float *least, float *greatest);

// Spectra

/// x[i] ← x[i] − amplitude · exp(−exponent · logs[i]): with logs[i] = ln(E_i / E₀), a power law of
/// the given value at E₀.
void ck_subtract_power_law(float *x, const float *logs, ptrdiff_t n, float amplitude,
                           float exponent);
/// Σ |w[i]·e[i]| over 2 ≤ i < n − 2, and in `greatest` the largest w[i]·e[i] (0 when none is
/// positive), where e[i] = d[i] − (d[i−2] + d[i+2]) / 2 and d = x − scale · reference.
double ck_spike_statistic(const float *x, const float *reference, const float *weights,
                          float scale, ptrdiff_t n, float *greatest);

// Power laws; logs[i] = ln(E_i / E₀)

/// Σ f, Σ f·l and Σ f·l².
typedef struct {
  double zeroth, first, second;
} ck_moments;

/// The moments of f[i] = exp(−exponent · logs[i]).
ck_moments ck_power_moments(const double *logs, ptrdiff_t n, double exponent);
/// The moments of f[i] = x[i] · exp(−exponent · logs[i]).
ck_moments ck_power_moments_of(const float *x, const double *logs, ptrdiff_t n, double exponent);
/// Σ (x[i] − m[i])² / m[i], m[i] the sum of two power laws: amplitude · exp(−exponent · logs[i]).
double ck_power_chi_square(const float *x, const double *logs, ptrdiff_t n, double amplitude1,
                           double exponent1, double amplitude2, double exponent2);
/// Σ w[i]·δ[i]²/20 over 0 ≤ i < n, δ[i] = x[i+2] − 3x[i+1] + 3x[i] − x[i−1]: the variance of
/// Σ √w[i]·x[i] for white noise, whatever smooth curve it lies on. Reads x[−1] … x[n+1].
double ck_noise_sum(const float *x, const float *weights, ptrdiff_t n);
/// y[i] = Σ weights[k]·x[i+k] over 0 ≤ k < 6, for 0 ≤ i < n; x and y must not overlap.
void ck_filter6(const float *x, const float weights[6], ptrdiff_t n, float *y);

// Losses

/// Σ softplus(x[i]) − target·x[i], the binary cross-entropy of logits x against one target, and
/// gradient[i] = sigmoid(x[i]) − target. No logit over- or underflows it.
float ck_cross_entropy(const float *x, ptrdiff_t n, float target, float *gradient);
/// p[i] = e^x[i] / Σ e^x, the softmax of n logits, and returns −ln p[target]. p may be x. No logit over-
/// or underflows it, and a loss near 0 keeps its digits.
float ck_softmax(const float *x, ptrdiff_t n, ptrdiff_t target, float *p);

// Dense layers

/// y ← f(y + bias) row by row, with f(v) = v for v > 0 and slope·v otherwise
/// (slope 1: identity, 0: ReLU, between: leaky ReLU).
void ck_bias_activation(float *y, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t columns,
                        const float *bias, float slope);
/// y ← tanh(y + bias) row by row.
void ck_bias_tanh(float *y, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t columns, const float *bias);
/// gradient ← gradient · f′, where y = f(·) is the activation's output.
void ck_activation_gradient(float *gradient, ptrdiff_t gradient_ld, const float *y, ptrdiff_t y_ld,
                            ptrdiff_t rows, ptrdiff_t columns, float slope);
/// gradient ← gradient · (1 − y²), where y is the output of tanh.
void ck_tanh_gradient(float *gradient, ptrdiff_t gradient_ld, const float *y, ptrdiff_t y_ld,
                      ptrdiff_t rows, ptrdiff_t columns);

// Convolution

/// y[i] = x[stride·i] for 0 ≤ i < n.
void ck_gather(const float *x, ptrdiff_t stride, ptrdiff_t n, float *y);
/// x[stride·i] += y[i] for 0 ≤ i < n.
void ck_scatter_add(float *x, ptrdiff_t stride, ptrdiff_t n, const float *y);

// Minibatch discrimination; m and its gradient: rows × (dimensions · kernels), in each row
// dimension-major (element d·kernels + b).

/// out[i, b] = Σ_{j≠i} exp(−Σ_d |m[i,d,b] − m[j,d,b]|). `pairs` keeps the exponentials
/// for the gradient: rows·(rows−1)/2 × kernels, pairs (i, j > i) in order.
void ck_minibatch_forward(const float *m, ptrdiff_t rows, ptrdiff_t kernels, ptrdiff_t dimensions,
                          float *out, ptrdiff_t out_ld, float *pairs);
/// m_gradient = ∂L/∂m from ∂L/∂out.
void ck_minibatch_backward(const float *m, ptrdiff_t rows, ptrdiff_t kernels, ptrdiff_t dimensions,
                           const float *out_gradient, ptrdiff_t out_ld, const float *pairs,
                           float *m_gradient);
/// Mean over rows and kernels of the distance to the nearest other row, Σ_d |m[i,d,b] − m[j,d,b]|.
double ck_minibatch_nearest(const float *m, ptrdiff_t rows, ptrdiff_t kernels,
                            ptrdiff_t dimensions);

// Noise; x and y, or x_gradient, may be the same

/// y[i] = x[i] + √(gain·max(x[i], floor) + background[i]) · deviates[i].
void ck_counting_noise(const float *x, const float *deviates, const float *background, float gain,
                       float floor, ptrdiff_t n, float *y);
/// x_gradient = gradient · ∂y/∂x of ck_counting_noise.
void ck_counting_noise_gradient(const float *gradient, const float *x, const float *deviates,
                                const float *background, float gain, float floor, ptrdiff_t n,
                                float *x_gradient);
/// y[i] = Σ weights[t]·x[i+t] over 0 ≤ t < taps, for 0 ≤ i < n; x and y must not overlap.
void ck_filter(const float *x, const float *weights, ptrdiff_t taps, ptrdiff_t n, float *y);

// Random numbers

/// One block of Philox4x32-10 (Salmon et al., SC '11, doi 10.1145/2063384.2063405).
void ck_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/// out[i] = normal deviate i of the stream `key`: a function of (key, i) alone.
void ck_normals(uint64_t key, float *out, ptrdiff_t n);
/// out[i] = how many of the ascending thresholds the 32 random bits i of the stream `key` reach.
void ck_discrete(uint64_t key, const uint32_t *thresholds, ptrdiff_t count, float *out,
                 ptrdiff_t n);

// Optimisation

/// One Adam step on n weights. `rate` is η/(1−β₁ᵗ), `correction` 1/√(1−β₂ᵗ) and `decay` ηλ with the
/// weight decay λ: m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;
/// w ← w − (rate·m / (correction·√v + ε) + decay·w).
void ck_adam(float *w, const float *g, float *m, float *v, ptrdiff_t n, float beta1, float beta2,
             float rate, float correction, float epsilon, float decay);
/// average ← average + (1 − decay)·(x − average).
void ck_moving_average(float *average, const float *x, ptrdiff_t n, float decay);

// Processor

/// The OpenBLAS core name that fits this processor's vector unit ("SkylakeX", "Haswell"),
/// or NULL where the baseline is all that can be said.
const char *ck_vector_core(void);

/// Lets all threads share one heap, and gives blocks of 4 MB and more back to the system when they are freed.
///
/// glibc else keeps what each thread has freed in a heap of its own, and puts large blocks on it once one
/// has been freed: memory then grows with the number of threads, and by holes that depend on their pace.
void ck_tame_heap(void);

#endif
