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

// e^x = 2^k e^r with |r| ≤ ln2/2; returns e^r − 1, by the series of e^r to r⁷/7! (truncation 5e-9),
// and 2^k. ln2 in two parts, the first with trailing zero bits, so that k·ln2 is exact.
INLINE float exp_parts(float x, float *power) {
  float limited = x < -87.3f ? -87.3f : x;
  limited = limited > 88.0f ? 88.0f : limited;
  const float turns = limited * 1.44269504f;
  const int32_t k = (int32_t)(turns + (turns < 0 ? -0.5f : 0.5f));
  const float r = (limited - (float)k * 0.693359375f) + (float)k * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  *power = float_of_bits((uint32_t)(k + 127) << 23);
  return p * r * r + r;
}

INLINE float exp_float(float x) {
  float power;
  const float p = exp_parts(x, &power) + 1.0f;
  return x < -87.3f ? 0 : p * power;
}

// tanh x = −m/(2 + m) for x ≥ 0, m = e^(−2x) − 1, which does not cancel for small x; tanh is odd.
INLINE float tanh_float(float x) {
  float power;
  const float p = exp_parts(-2 * __builtin_fabsf(x), &power);
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

// ln x for normal x > 0: x = 2^e m with m in [√½, √2), ln m = 2 artanh s, s = (m−1)/(m+1).
// |s| ≤ 0.1716: the series to s⁹/9 truncates at 4e-10.
INLINE float log_float(float x) {
  const uint32_t bits = bits_of_float(x);
  const uint32_t shifted = bits - 0x3F3504F3u;  // the bits of √½
  const int32_t e = (int32_t)shifted >> 23;
  const float m = float_of_bits((shifted & 0x007FFFFFu) + 0x3F3504F3u);
  const float s = (m - 1) / (m + 1);
  const float t = s * s;
  float p = 1.0f / 9;
  p = p * t + 1.0f / 7;
  p = p * t + 0.2f;
  p = p * t + 1.0f / 3;
  return (float)e * 0.693147181f + 2 * (s + s * t * p);
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

// sin 2πt for |t| ≤ ¼ (a quarter turn each way): series to x¹¹/11! (truncation 6e-8).
INLINE float sine_of_turn(float t) {
  const float x = 6.28318531f * t;
  const float y = x * x;
  float p = -1.0f / 39916800;
  p = p * y + 1.0f / 362880;
  p = p * y - 1.0f / 5040;
  p = p * y + 1.0f / 120;
  p = p * y - 1.0f / 6;
  return x + x * y * p;
}

#endif
