#include "geo/normal_share.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

// Compiled twice, for any x86-64 and for one with AVX2; which of both runs is settled when the program starts. Without fused multiplications, so that
// both give the same bits. Not under sanitizers, whose checks cannot run so early, nor by other compilers.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KEYAKI_FOR_EACH_PROCESSOR [[gnu::target_clones("avx2", "default")]]
#else
#define KEYAKI_FOR_EACH_PROCESSOR
#endif

namespace keyaki::geo {

namespace {

constexpr float half_pi = std::numbers::pi_v<float> / 2;

using Lanes = std::array<float, edge_lanes>;

/// (1 - exp(-q / 2)) / q for 0 <= q <= 28.5, to 1e-7: a rational minimax fit. All terms are positive, so nothing cancels.
[[gnu::always_inline]] constexpr float smooth_kernel(float q) noexcept {
    const float above = 0.4999999481F + q * (0.02845663566F + q * (0.004484817478F + q * (0.0002009937022F + q * 8.03930257e-06F)));
    const float below = 1.0F + q * (0.3069137111F + q * (0.04402876818F + q * (0.003833026531F + q * (0.0002150502655F + q * 7.915320598e-06F))));
    return above / below;
}

/// atan of 0..1, to 1e-7: an odd minimax polynomial.
[[gnu::always_inline]] constexpr float arc_tangent(float x) noexcept {
    const float q = x * x;
    return x * (0.999999479F +
                q * (-0.333294078F +
                     q * (0.19940187F + q * (-0.138785123F + q * (0.0957242915F + q * (-0.055048419F + q * (0.0213129207F - q * 0.00391280109F)))))));
}

/// The angle of a direction from east, -pi to pi, as std::atan2; pi for -0.0 north of a western direction, 0 for no direction at all.
[[gnu::always_inline]] constexpr float angle_of(float east, float north) noexcept {
    const float wide = east < 0 ? -east : east;
    const float high = north < 0 ? -north : north;
    const float shorter = wide < high ? wide : high;
    const float longer = (wide < high ? high : wide) + 1e-30F;
    const float in_octant = arc_tangent(shorter / longer);
    const float in_quadrant = high > wide ? half_pi - in_octant : in_octant;
    const float in_half = east < 0 ? 2 * half_pi - in_quadrant : in_quadrant;
    return north < 0 ? -in_half : in_half;
}

/// Gauss's rules (Abramowitz and Stegun 25.4.30): a node stands for itself and its negative; the odd rules have one at zero of weight `middle`.
struct GaussRule {
    std::size_t pairs;
    float middle;
    std::array<float, 6> nodes;
    std::array<float, 6> weights;
};
constexpr GaussRule gauss_3{1, 0.888888889F, {0.774596669F}, {0.555555556F}};
constexpr GaussRule gauss_5{2, 0.568888889F, {0.538469310F, 0.906179846F}, {0.478628670F, 0.236926885F}};
constexpr GaussRule gauss_8{4, 0, {0.183434642F, 0.525532410F, 0.796666477F, 0.960289856F}, {0.362683783F, 0.313706646F, 0.222381034F, 0.101228536F}};
constexpr GaussRule gauss_12{6,
                             0,
                             {0.125233409F, 0.367831499F, 0.587317954F, 0.769902674F, 0.904117256F, 0.981560634F},
                             {0.249147046F, 0.233492537F, 0.203167427F, 0.160078329F, 0.106939326F, 0.0471753364F}};

/// The rule that is exact to 1e-7 for the share of an edge of so many sigmas.
const GaussRule &rule_for(float length) noexcept { return length <= 1 ? gauss_3 : length <= 2.5F ? gauss_5 : length <= 5 ? gauss_8 : gauss_12; }

/// The integral of smooth_kernel along pieces of lines at `height` from the position, all lanes by one rule.
[[gnu::always_inline]] inline void integrate(const float *height, const float *from, const float *to, const GaussRule &rule, Lanes &sum) noexcept {
    Lanes squared;
    Lanes middle;
    Lanes half;
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        squared[lane] = height[lane] * height[lane];
        middle[lane] = (from[lane] + to[lane]) / 2;
        half[lane] = (to[lane] - from[lane]) / 2;
        sum[lane] = rule.middle * smooth_kernel(squared[lane] + middle[lane] * middle[lane]);
    }
    for (std::size_t pair = 0; pair < rule.pairs; ++pair) {
        const float node = rule.nodes[pair];
        const float weight = rule.weights[pair];
        for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
            const float ahead = middle[lane] + node * half[lane];
            const float behind = middle[lane] - node * half[lane];
            sum[lane] += weight * (smooth_kernel(squared[lane] + ahead * ahead) + smooth_kernel(squared[lane] + behind * behind));
        }
    }
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        sum[lane] *= half[lane];
    }
}

/// 2 pi times what edge_lanes near edges take from the winding number.
KEYAKI_FOR_EACH_PROCESSOR float near_share(const float *height, const float *from, const float *to) noexcept {
    float longest = 0;
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        longest = std::max(longest, to[lane] - from[lane]);
    }
    Lanes smooth;
    integrate(height, from, to, rule_for(longest), smooth);
    float sum = 0;
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        const float east = height[lane] * height[lane] + from[lane] * to[lane];
        const float north = height[lane] * (to[lane] - from[lane]);
        sum += angle_of(east, north) - height[lane] * smooth[lane];
    }
    return sum;
}

/// What a run of edges looks like from the position.
struct SeenEdges {
    alignas(32) Lanes height;
    alignas(32) Lanes from;
    alignas(32) Lanes to;
    int winding;
};

template <typename Wide>
[[gnu::always_inline]] inline void see_edges(const std::int32_t *east, const std::int32_t *north, Wide at_east, Wide at_north, float sigmas_per_unit,
                                             SeenEdges &seen) noexcept {
    std::array<int, edge_lanes> crossing; // NOLINT(cppcoreguidelines-pro-type-member-init): the loop writes each
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        // Differences of whole numbers are exact: what is rounded is one ten-millionth of a distance, and near edges are near.
        const float begin_east = static_cast<float>(static_cast<Wide>(east[lane]) - at_east) * sigmas_per_unit;
        const float begin_north = static_cast<float>(static_cast<Wide>(north[lane]) - at_north) * sigmas_per_unit;
        const float end_east = static_cast<float>(static_cast<Wide>(east[lane + 1]) - at_east) * sigmas_per_unit;
        const float end_north = static_cast<float>(static_cast<Wide>(north[lane + 1]) - at_north) * sigmas_per_unit;
        const float along_east = static_cast<float>(static_cast<Wide>(east[lane + 1]) - static_cast<Wide>(east[lane])) * sigmas_per_unit;
        const float along_north = static_cast<float>(static_cast<Wide>(north[lane + 1]) - static_cast<Wide>(north[lane])) * sigmas_per_unit;
        // From the nearer end, whose rounding is the smaller: at a corner the angles of both edges must close.
        const bool begins_nearer = begin_east * begin_east + begin_north * begin_north < end_east * end_east + end_north * end_north;
        const float near_east = begins_nearer ? begin_east : end_east;
        const float near_north = begins_nearer ? begin_north : end_north;
        const float cross = near_east * along_north - near_north * along_east;
        const float per_length = 1 / std::sqrt(along_east * along_east + along_north * along_north + 1e-30F);
        const float begin = (begin_east * along_east + begin_north * along_north) * per_length;
        const float end = (end_east * along_east + end_north * along_north) * per_length;
        const float height = cross * per_length;
        const float reach_squared = share_horizon_sigmas * share_horizon_sigmas - height * height;
        const float reach = std::sqrt(reach_squared > 0 ? reach_squared : 0);
        seen.height[lane] = height;
        seen.from[lane] = begin < -reach ? -reach : begin > reach ? reach : begin;
        seen.to[lane] = end < -reach ? -reach : end > reach ? reach : end;
        // A ray eastwards crosses the edge. The side is told by the same `height` that gives the near edge its sign, so that both always agree.
        const int begins_north = north[lane] > at_north ? 1 : 0;
        const int ends_north = north[lane + 1] > at_north ? 1 : 0;
        const int is_left = height >= 0 ? 1 : 0;
        crossing[lane] = (ends_north & ~begins_north & is_left) - (begins_north & ~ends_north & ~is_left & 1);
    }
    seen.winding = 0;
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        seen.winding += crossing[lane];
    }
}

KEYAKI_FOR_EACH_PROCESSOR void see_run(const std::int32_t *east, const std::int32_t *north, std::int32_t at_east, std::int32_t at_north,
                                       float sigmas_per_unit, SeenEdges &seen) noexcept {
    see_edges(east, north, at_east, at_north, sigmas_per_unit, seen);
}

void see_run(const std::int32_t *east, const std::int32_t *north, std::int64_t at_east, std::int64_t at_north, float sigmas_per_unit,
             SeenEdges &seen) noexcept {
    see_edges(east, north, at_east, at_north, sigmas_per_unit, seen);
}

} // namespace

template <typename Wide>
void OutlineShare<Wide>::add_edges(const std::int32_t *east, const std::int32_t *north) noexcept {
    SeenEdges seen; // NOLINT(cppcoreguidelines-pro-type-member-init): see_run writes it
    see_run(east, north, m_east, m_north, m_sigmas_per_unit, seen);
    m_winding += seen.winding;
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        m_height[m_waiting] = seen.height[lane];
        m_from[m_waiting] = seen.from[lane];
        m_to[m_waiting] = seen.to[lane];
        m_waiting += seen.from[lane] < seen.to[lane] ? 1U : 0U;
    }
    if (m_waiting >= edge_lanes) {
        settle();
    }
}

/// Takes the first edge_lanes of those that wait.
template <typename Wide>
void OutlineShare<Wide>::settle() noexcept {
    m_sum += near_share(m_height.data(), m_from.data(), m_to.data());
    m_waiting -= edge_lanes;
    for (std::size_t lane = 0; lane < edge_lanes; ++lane) {
        m_height[lane] = m_height[lane + edge_lanes];
        m_from[lane] = m_from[lane + edge_lanes];
        m_to[lane] = m_to[lane + edge_lanes];
    }
}

template <typename Wide>
float OutlineShare<Wide>::share() noexcept {
    if (m_waiting > 0) {
        for (std::size_t lane = m_waiting; lane < edge_lanes; ++lane) {
            m_height[lane] = m_from[lane] = m_to[lane] = 0; // edges without length
        }
        m_sum += near_share(m_height.data(), m_from.data(), m_to.data());
    }
    const float share = static_cast<float>(m_winding) - m_sum / (2 * std::numbers::pi_v<float>);
    return std::clamp(share, 0.0F, 1.0F);
}

template class OutlineShare<std::int32_t>;
template class OutlineShare<std::int64_t>;

float circle_share(double distance, double radius) noexcept {
    // The arc within the horizon, by the angle gamma at the circle's centre from the arc's point nearest to the position. With half the arc's angle
    // (its ends are seen at beta from the axis) and g along it: share = (beta + integral of g(r^2) radius (radius - distance cos gamma) dgamma) / pi.
    constexpr double horizon = share_horizon_sigmas;
    const double outside = distance - radius;
    if (std::abs(outside) >= horizon) {
        return outside < 0 ? 1.0F : 0.0F;
    }
    const double product = distance * radius;
    const double arc = horizon * horizon - outside * outside; // = 4 product sin^2(gamma / 2) at the arc's end
    const bool is_whole = arc >= 4 * product;
    const double end_sine = is_whole ? 1 : std::sqrt(arc / (4 * product));
    const double end_half = is_whole ? std::numbers::pi / 2 : std::asin(end_sine);
    const double beta =
        is_whole ? 0 : std::atan2(2 * radius * end_sine * std::sqrt(1 - end_sine * end_sine), outside + 2 * radius * end_sine * end_sine);
    const auto squared_outside = static_cast<float>(outside * outside);
    const auto chord = static_cast<float>(4 * product);
    const auto base = static_cast<float>(-outside * radius);
    const auto half = static_cast<float>(end_half / 2);
    float sum = 0;
    for (std::size_t pair = 0; pair < gauss_12.pairs; ++pair) {
        for (const float node : {1 - gauss_12.nodes[pair], 1 + gauss_12.nodes[pair]}) {
            const float sine = std::sin(half * node);
            const float swell = chord * sine * sine;
            sum += gauss_12.weights[pair] * smooth_kernel(squared_outside + swell) * (base + swell / 2);
        }
    }
    const double share = (beta + static_cast<double>(sum) * end_half) / std::numbers::pi;
    return static_cast<float>(std::clamp(share, 0.0, 1.0));
}

double half_plane_reach(double share) noexcept {
    assert(share > 0 && share <= 0.5);
    // Abramowitz and Stegun 26.2.23, whose error is below 4.5e-4; so much is added.
    const double t = std::sqrt(-2 * std::log(share));
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) + 4.5e-4;
}

} // namespace keyaki::geo
