"""Prints the first numbers of xoshiro256++ seeded by SplitMix64, in plain Python integers.

The values stand in RandomStreamTests.swift. Made with CPython 3.11.7; no package needed.
"""

MASK = (1 << 64) - 1


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return state, mixed ^ (mixed >> 31)


def rotate(value, bits):
    return ((value << bits) | (value >> (64 - bits))) & MASK


def xoshiro(seed, count):
    s = []
    for _ in range(4):
        seed, word = split_mix(seed)
        s.append(word)
    numbers = []
    for _ in range(count):
        numbers.append((rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK)
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
    return numbers


if __name__ == "__main__":
    print(xoshiro(42, 5))
