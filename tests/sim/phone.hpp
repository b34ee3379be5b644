#pragma once

#include "geo/geodesic.hpp"
#include "geo/presence.hpp"
#include "server/rally/bundle.hpp"
#include "tests/sim/random.hpp"

#include <cstdint>

namespace keyaki::sim {

/// The plane in which everybody walks: metres east and north of the middle of Kiyose.
[[nodiscard]] const geo::LocalPlane &plane();
[[nodiscard]] double distance_m(geo::PlanePoint a, geo::PlanePoint b) noexcept;

/// How a phone errs (README.md says where the figures are from).
struct PhoneModel {
    geo::Platform platform = geo::Platform::android;
    double accuracy_m = 10;        ///< that it reports, in the meaning of its platform
    double error_factor = 1;       ///< true errors by claimed ones
    double slow_share = 0.7;       ///< of the variance: an error that drifts (Gauss and Markov), with …
    double slow_s = 60;            ///< … so many seconds to forget itself
    double outliers = 0.03;        ///< share of fixes that are 100 to 300 m off and claim 2 to 10 m
    bool accuracy_wobbles = false; ///< as real phones do; otherwise it is the same in each fix
    double cold_for_s = 0;         ///< after its first fix: before that it has an old place, and then hundreds of metres
};

/// A receiver with its own drift. The random numbers must outlive it.
class Phone {
  public:
    Phone(const PhoneModel &model, Random &random);

    /// A fix at a true place, now.
    [[nodiscard]] server::rally::SentFix measure(geo::PlanePoint place, std::int64_t now_us);
    [[nodiscard]] const PhoneModel &model() const noexcept { return m_model; }

  private:
    void drift(std::int64_t now_us);
    [[nodiscard]] double claimed_m(double accuracy_m);
    [[nodiscard]] server::rally::SentFix fix_of(geo::PlanePoint seen, double accuracy_m, std::int64_t time_us);

    PhoneModel m_model;
    Random &m_random;
    double m_sigma_m; ///< per axis, true
    geo::PlanePoint m_slow;
    double m_altitude_m;
    std::int64_t m_began_us = 0;
    std::int64_t m_last_us = 0;
};

/// Metres per axis that a platform means by an accuracy.
[[nodiscard]] double sigma_of_m(geo::Platform platform, double accuracy_m);

} // namespace keyaki::sim
