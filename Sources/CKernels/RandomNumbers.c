#include "CKernels.h"
#include "elementary.h"

// Philox on sixteen counters at once, as vectors. A 32 × 32 → 64 bit product is one instruction on
// every second 32-bit lane: even and odd lanes are multiplied apart, their halves interleaved.
enum { LANES = 16, ROUNDS = 10 };
typedef uint32_t words __attribute__((vector_size(4 * LANES)));
typedef uint64_t products __attribute__((vector_size(4 * LANES)));

INLINE void multiply(const words *x, uint32_t factor, words *high, words *low) {
  const uint64_t lower = 0xFFFFFFFFu;
  const products even = ((products)*x & lower) * factor;
  const products odd = ((products)*x >> 32) * factor;
  *high = (words)((even >> 32) | (odd & ~lower));
  *low = (words)((even & lower) | (odd << 32));
}

INLINE void philox(words x[4], uint32_t key0, uint32_t key1) {
  for (int round = 0; round < ROUNDS; round++) {
    words high0, low0, high2, low2;
    multiply(&x[0], 0xD2511F53u, &high0, &low0);
    multiply(&x[2], 0xCD9E8D57u, &high2, &low2);
    x[0] = high2 ^ x[1] ^ key0;
    x[1] = low2;
    x[2] = high0 ^ x[3] ^ key1;
    x[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

void ck_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  words x[4];
  for (int word = 0; word < 4; word++) x[word] = (words){0} + counter[word];
  philox(x, key[0], key[1]);
  for (int word = 0; word < 4; word++) out[word] = x[word][0];
}

// Box–Muller: radius √(−2 ln u), u in (0, 1]; angle t in turns, [−½, ½), folded to a quarter turn.
INLINE void box_muller(const uint32_t *first, const uint32_t *second, float *cosines,
                       float *sines) {
#pragma clang loop vectorize(enable) unroll(disable)
  for (int l = 0; l < LANES; l++) {
    const float u = (float)(int32_t)((first[l] >> 8) + 1) * 0x1p-24f;
    const float t = (float)(int32_t)second[l] * 0x1p-32f;
    const float radius = __builtin_elementwise_sqrt(-2 * log_float(u));
    const float folded = t > 0.25f ? 0.5f - t : (t < -0.25f ? -0.5f - t : t);
    cosines[l] = radius * sine_of_turn(0.25f - __builtin_fabsf(t));
    sines[l] = radius * sine_of_turn(folded);
  }
}

// Sixteen counters give the bits of sixty-four deviates; a last group is drawn whole and cut.
INLINE void draw_bits(uint64_t key, uint64_t group, uint32_t bits[4 * LANES]) {
  words x[4] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
  x[1] = (words){0} + (uint32_t)group;
  x[2] = (words){0} + (uint32_t)(group >> 32);
  x[3] = (words){0};
  philox(x, (uint32_t)key, (uint32_t)(key >> 32));
  memcpy(bits, x, 4 * LANES * sizeof *bits);
}

CLONES void ck_normals(uint64_t key, float *out, ptrdiff_t n) {
  for (ptrdiff_t start = 0; start < n; start += 4 * LANES) {
    uint32_t bits[4 * LANES];
    draw_bits(key, (uint64_t)start / (4 * LANES), bits);
    float deviates[4 * LANES];
    box_muller(bits, bits + LANES, deviates, deviates + LANES);
    box_muller(bits + 2 * LANES, bits + 3 * LANES, deviates + 2 * LANES, deviates + 3 * LANES);
    const ptrdiff_t count = n - start < 4 * LANES ? n - start : 4 * LANES;
    for (ptrdiff_t i = 0; i < count; i++) out[start + i] = deviates[i];
  }
}

CLONES void ck_discrete(uint64_t key, const uint32_t *thresholds, ptrdiff_t count, float *out,
                        ptrdiff_t n) {
  for (ptrdiff_t start = 0; start < n; start += 4 * LANES) {
    uint32_t bits[4 * LANES];
    draw_bits(key, (uint64_t)start / (4 * LANES), bits);
    int32_t reached[4 * LANES] = {0};
    for (ptrdiff_t k = 0; k < count; k++)
      for (int i = 0; i < 4 * LANES; i++) reached[i] += bits[i] >= thresholds[k];
    const ptrdiff_t rest = n - start < 4 * LANES ? n - start : 4 * LANES;
    for (ptrdiff_t i = 0; i < rest; i++) out[start + i] = (float)reached[i];
  }
}
