#include "tests/sim/phone.hpp"

#include <cmath>
#include <numbers>

namespace keyaki::sim {

namespace {

constexpr geo::LonLat middle_of_kiyose{139.5221, 35.7842};

} // namespace

const geo::LocalPlane &plane() {
    static const geo::LocalPlane kiyose(middle_of_kiyose);
    return kiyose;
}

double distance_m(geo::PlanePoint a, geo::PlanePoint b) noexcept { return std::hypot(a.east_m - b.east_m, a.north_m - b.north_m); }

double sigma_of_m(geo::Platform platform, double accuracy_m) {
    // Written out and not asked of the rules that are judged here: Rayleigh's 68 %, the root of both variances, Rayleigh's 95 %.
    const double per_sigma = platform == geo::Platform::ios ? std::sqrt(2) : std::sqrt(-2 * std::log(platform == geo::Platform::web ? 0.05 : 0.32));
    return accuracy_m / per_sigma;
}

Phone::Phone(const PhoneModel &model, Random &random)
    : m_model(model), m_random(random), m_sigma_m(sigma_of_m(model.platform, model.accuracy_m) * model.error_factor) {
    const double slow_m = m_sigma_m * std::sqrt(m_model.slow_share);
    m_slow.east_m = slow_m * m_random.normal();
    m_slow.north_m = slow_m * m_random.normal();
    m_altitude_m = 60 + 8 * m_random.normal();
}

void Phone::drift(std::int64_t now_us) {
    if (m_began_us == 0) {
        m_began_us = m_last_us = now_us;
    }
    const double keeps = std::exp(-static_cast<double>(now_us - m_last_us) / 1e6 / m_model.slow_s);
    const double fresh_m = m_sigma_m * std::sqrt(m_model.slow_share) * std::sqrt(1 - keeps * keeps);
    m_slow.east_m = keeps * m_slow.east_m + fresh_m * m_random.normal();
    m_slow.north_m = keeps * m_slow.north_m + fresh_m * m_random.normal();
    m_last_us = now_us;
}

/// Android and iOS give decimals, browsers whole metres.
double Phone::claimed_m(double accuracy_m) {
    if (!m_model.accuracy_wobbles) {
        return accuracy_m;
    }
    const double steps = m_model.platform == geo::Platform::web ? 1 : 1000;
    return std::max(1.0, std::round(accuracy_m * std::exp(0.06 * m_random.normal()) * steps) / steps);
}

server::rally::SentFix Phone::fix_of(geo::PlanePoint seen, double accuracy_m, std::int64_t time_us) {
    server::rally::SentFix sent;
    sent.fix = {plane().to_lon_lat(seen), accuracy_m, time_us / 1000, false};
    if (m_model.accuracy_wobbles && m_model.platform != geo::Platform::web) {
        sent.altitude_m = std::round((m_altitude_m + 2 * m_random.normal()) * 100) / 100;
    }
    return sent;
}

server::rally::SentFix Phone::measure(geo::PlanePoint place, std::int64_t now_us) {
    drift(now_us);
    const double since_s = static_cast<double>(now_us - m_began_us) / 1e6;
    if (since_s < m_model.cold_for_s) {
        if (since_s < 3) { // the cell's place, or what was known last: minutes old and kilometres wide
            const double angle = 2 * std::numbers::pi * m_random.share();
            const double away_m = m_random.between(500, 2500);
            const geo::PlanePoint wrong{place.east_m + away_m * std::cos(angle), place.north_m + away_m * std::sin(angle)};
            const std::int64_t taken_us = now_us - static_cast<std::int64_t>(m_random.between(20, 900) * 1e6);
            return fix_of(wrong, claimed_m(away_m * 1.3), taken_us);
        }
        const double accuracy_m = std::max(m_model.accuracy_m, 400 * std::exp(-since_s / 3));
        const double sigma_m = sigma_of_m(m_model.platform, accuracy_m);
        const geo::PlanePoint seen{place.east_m + sigma_m * m_random.normal(), place.north_m + sigma_m * m_random.normal()};
        return fix_of(seen, claimed_m(accuracy_m), now_us);
    }
    if (m_random.happens(m_model.outliers)) {
        const double angle = 2 * std::numbers::pi * m_random.share();
        const double away_m = m_random.between(100, 300);
        const geo::PlanePoint wrong{place.east_m + away_m * std::cos(angle), place.north_m + away_m * std::sin(angle)};
        return fix_of(wrong, m_random.between(2, 10), now_us);
    }
    const double white_m = m_sigma_m * std::sqrt(1 - m_model.slow_share);
    const geo::PlanePoint seen{place.east_m + m_slow.east_m + white_m * m_random.normal(),
                               place.north_m + m_slow.north_m + white_m * m_random.normal()};
    return fix_of(seen, claimed_m(m_model.accuracy_m), now_us);
}

} // namespace keyaki::sim
