// exp, log, sine and cosine as polynomials: libm's never vectorise.
#ifndef ELEMENTARY_H
#define ELEMENTARY_H

#include "clones.h"

#include <stdint.h>
#include <string.h>

INLINE float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// e^x = 2^k e^r with |r| ≤ ln2/2; returns e^r − 1, by a polynomial of degree 6 (greatest relative
// error of e^r 3e-9), and k shifted to where a float has its exponent. x·log2 e is rounded by
// adding 1.5·2²³, whose last bits then hold k. ln2 in two parts, the first with trailing zero bits,
// so that k·ln2 is exact.
INLINE float exp_parts(float x, uint32_t *exponent) {
  float limited = x < -87.3f ? -87.3f : x;
  limited = limited > 88.0f ? 88.0f : limited;
  const float shifted = limited * 1.44269504f + 0x1.8p23f;
  const float k = shifted - 0x1.8p23f;
  const float r = (limited - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.38145708e-3f;
  p = p * r + 8.36873020e-3f;
  p = p * r + 4.16683893e-2f;
  p = p * r + 0.166665205f;
  p = p * r + 0.499999934f;
  *exponent = bits_of_float(shifted) << 23;
  return p * r * r + r;
}

INLINE float exp_float(float x) {
  uint32_t exponent;
  const float p = exp_parts(x, &exponent) + 1.0f;
  return float_of_bits(x < -87.3f ? 0 : bits_of_float(p) + exponent);
}

// tanh x = −m/(2 + m) for x ≥ 0, m = e^(−2x) − 1, which does not cancel for small x; tanh is odd.
INLINE float tanh_float(float x) {
  uint32_t exponent;
  const float p = exp_parts(-2 * __builtin_fabsf(x), &exponent);
  const float power = float_of_bits(bits_of_float(1.0f) + exponent);
  const float m = power * p + (power - 1.0f);
  return __builtin_copysignf(m / (2 + m), x);
}

// The same in double: k rounded by adding 1.5·2⁵², whose last bits then hold it; e^r by its series
// to r¹³/13! (truncation 4e-18); ln2's first part ends in zero bits.
INLINE double exp_double(double x) {
  double limited = x < -708.0 ? -708.0 : x;
  limited = limited > 709.0 ? 709.0 : limited;
  const double shifted = limited * 1.4426950408889634 + 0x1.8p52;
  const double k = shifted - 0x1.8p52;
  const double r = (limited - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  double p = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r * r + r + 1.0;
  uint64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

// ln x for normal x > 0: x = 2^e m with m in [√½, √2), ln m a polynomial in f = m − 1 (greatest
// relative error 3e-8).
INLINE float log_float(float x) {
  const uint32_t shifted = bits_of_float(x) - 0x3F3504F3u;  // the bits of √½
  const int32_t e = (int32_t)shifted >> 23;
  const float f = float_of_bits((shifted & 0x007FFFFFu) + 0x3F3504F3u) - 1;
  float p = 0.0870043057f;
  p = p * f - 0.142674862f;
  p = p * f + 0.149147692f;
  p = p * f - 0.165775848f;
  p = p * f + 0.199630637f;
  p = p * f - 0.250013370f;
  p = p * f + 0.333339107f;
  p = p * f - 0.5f;
  return (float)e * 0.693147181f + (p * f * f + f);
}

// ln(1 + e) for 0 ≤ e ≤ 1 as 2 artanh(e/(2 + e)): small e do not cancel. |s| ≤ ⅓: the series to
// s¹⁵/15 truncates at 1e-9.
INLINE float log_one_plus(float e) {
  const float s = e / (2 + e);
  const float t = s * s;
  float p = 1.0f / 15;
  p = p * t + 1.0f / 13;
  p = p * t + 1.0f / 11;
  p = p * t + 1.0f / 9;
  p = p * t + 1.0f / 7;
  p = p * t + 0.2f;
  p = p * t + 1.0f / 3;
  return 2 * (s + s * t * p);
}

// sin 2πt for |t| ≤ ¼ (a quarter turn each way): a polynomial of greatest relative error 5e-9.
INLINE float sine_of_turn(float t) {
  const float y = t * t;
  float p = 39.7109786f;
  p = p * y - 76.5750009f;
  p = p * y + 81.6022317f;
  p = p * y - 41.3416775f;
  p = p * y + 6.28318527f;
  return p * t;
}

#endif
