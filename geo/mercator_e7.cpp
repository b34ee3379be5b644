// The latitudes of the grid's rows by a table, as atan and sinh take a hundred times as long as all else that is done with a position.
#include "geo/mercator.hpp"

#include <array>
#include <cmath>
#include <numbers>

namespace keyaki::geo {

namespace {

constexpr double steps_per_degree = 1e7;
constexpr int band_bits = 10; ///< the world's height in 1024 bands
constexpr int rows_bits = 32 - band_bits;

/// Latitude in steps within a band: a polynomial in rows from the band's middle.
using Band = std::array<double, 5>;

/// Taylor's series of the Gudermannian gd(u) = atan(sinh(u)), which is the latitude at the height u on Mercator's map (EPSG guidance note 7-2, 1024).
/// Its fifth derivative is 5 at most, so that over half a band (pi / 1024) what is left out is below 7e-6 steps.
Band make_band(std::size_t number) {
    const double rows_around = std::ldexp(1.0, 32);
    const double share = (static_cast<double>(number) + 0.5) / (1U << band_bits);
    const double u = std::numbers::pi * (1 - 2 * share);
    const double row = -2 * std::numbers::pi / rows_around;
    const double sech = 1 / std::cosh(u);
    const double tanh = std::tanh(u);
    const std::array<double, 5> derivatives{std::atan(std::sinh(u)), sech, -sech * tanh, sech * (tanh * tanh - sech * sech),
                                            sech * tanh * (5 * sech * sech - tanh * tanh)};
    Band band{};
    double factor = steps_per_degree * 180 / std::numbers::pi; // steps of a radian, times row^n / n!
    for (std::size_t n = 0; n < band.size(); ++n) {
        band[n] = derivatives[n] * factor;
        factor *= row / static_cast<double>(n + 1);
    }
    return band;
}

std::array<Band, 1U << band_bits> make_bands() {
    std::array<Band, 1U << band_bits> bands{};
    for (std::size_t number = 0; number < bands.size(); ++number) {
        bands[number] = make_band(number);
    }
    return bands;
}

double lat_steps(std::uint32_t y) noexcept {
    static const auto bands = make_bands();
    const Band &band = bands[y >> rows_bits];
    const double rows = static_cast<double>(y & ((1U << rows_bits) - 1)) + 0.5 - (1U << (rows_bits - 1));
    return band[0] + rows * (band[1] + rows * (band[2] + rows * (band[3] + rows * band[4])));
}

/// The whole number nearest to what `steps` stands for, give or take 1e-5. Where that leaves two of them to choose from, `exact` decides.
template <typename Exact>
std::int32_t nearest(double steps, Exact exact) noexcept {
    constexpr double doubt = 1e-4;
    constexpr std::int64_t lift = 2'000'000'000; // above 180 degrees: what is positive is cut downwards
    const double lifted = steps + static_cast<double>(lift);
    const auto whole = static_cast<std::int64_t>(lifted);
    const double rest = lifted - static_cast<double>(whole);
    if (std::abs(rest - 0.5) < doubt) {
        return static_cast<std::int32_t>(std::lround(exact()));
    }
    return static_cast<std::int32_t>(whole - lift + (rest > 0.5 ? 1 : 0));
}

} // namespace

LonLatE7 to_lon_lat_e7(GridPoint point) noexcept {
    constexpr double degrees_per_column = 360 / 4294967296.0;
    const double lon_steps = ((point.x + 0.5) * degrees_per_column - 180) * steps_per_degree;
    return {nearest(lon_steps, [&] { return to_lon_lat(point).lon_deg * steps_per_degree; }),
            nearest(lat_steps(point.y), [&] { return to_lon_lat(point).lat_deg * steps_per_degree; })};
}

} // namespace keyaki::geo
