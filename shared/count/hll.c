/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "count/hll.h"

#include <math.h>

/* Ertl's sigma: what registers that are still 0 contribute. share: of all registers, 0 … below 1.
 */
static double sigma(double share)
{
    double power = share, weight = 1, sum = share, last;

    do {
        power *= power;
        last = sum;
        sum += power * weight;
        weight += weight;
    } while (sum != last);
    return sum;
}

/* Ertl's tau: what registers at their highest value contribute. share: of the others. */
static double tau(double share)
{
    double root = share, weight = 1, sum = 1 - share, last;

    if (share <= 0 || share >= 1)
        return 0;
    do {
        root = sqrt(root);
        last = sum;
        weight /= 2;
        sum -= (1 - root) * (1 - root) * weight;
    } while (sum != last);
    return sum / 3;
}

double tt_hll_count(const uint8_t *registers, unsigned p)
{
    unsigned counts[64] = {0}, highest = 64 - p + 1;
    double n = (double)((size_t)1 << p), sum;

    for (size_t i = 0; i < (size_t)1 << p; i++)
        counts[TT_MIN(registers[i], highest)]++;
    if (counts[0] == (unsigned)1 << p)
        return 0;
    sum = n * tau(1 - counts[highest] / n);
    for (unsigned value = highest - 1; value >= 1; value--)
        sum = (sum + counts[value]) / 2;
    sum += n * sigma(counts[0] / n);
    return n * n / (2 * log(2) * sum);
}

void tt_hll_merge(uint8_t *into, const uint8_t *from, unsigned p)
{
    for (size_t i = 0; i < (size_t)1 << p; i++)
        into[i] = TT_MAX(into[i], from[i]);
}
