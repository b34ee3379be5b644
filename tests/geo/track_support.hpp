#pragma once

#include "geo/geodesic.hpp"
#include "geo/presence.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Walkers, real and made, for what judges tracks.
namespace keyaki::test {

/// The track points of a GPX file that have a time, with `accuracy_m` each. Only attributes in double quotes and times of UTC, as in our collection.
[[nodiscard]] std::vector<geo::Fix> read_gpx(std::string_view text, double accuracy_m);

/// The rows of a table of trackintel (user_id;tracked_at;latitude;longitude;elevation;accuracy) with the accuracies that stand there.
[[nodiscard]] std::vector<geo::Fix> read_trackintel(std::string_view text);

/// A deflated member of a zip archive by its name; throws where it is not there.
[[nodiscard]] std::string unzipped(std::string_view archive, std::string_view member);

/// The line that somebody would draw along a track: its corners, each at least `apart_m` from the one before (Ramer-Douglas-Peucker, `off_m`).
[[nodiscard]] std::vector<geo::LonLat> drawn_along(const std::vector<geo::Fix> &track, double off_m);

[[nodiscard]] std::vector<geo::Fix> shifted(std::vector<geo::Fix> track, double east_m, double north_m);
[[nodiscard]] std::vector<geo::LonLat> reversed(std::vector<geo::LonLat> course);

/// A street-like course of about `length_m` metres from a seed: legs of 60 to 180 m with turns of 90°.
[[nodiscard]] std::vector<geo::PlanePoint> street_course(std::mt19937_64 &random, double length_m);

/// Somebody who walks a path with a phone: errors that drift over a minute, white noise on top, and outliers that claim to be good.
struct Walker {
    double speed_mps = 1.25;
    double cadence_s = 5;
    double sigma_m = 8; ///< per axis; the phone claims 1.51 times as much
    double outliers = 0.03;
    double silence_s = 0; ///< one gap of so long, somewhere in the first four fifths
};
[[nodiscard]] std::vector<geo::Fix> walk(std::mt19937_64 &random, const std::vector<geo::PlanePoint> &path, const Walker &walker,
                                         const geo::LocalPlane &plane);
[[nodiscard]] std::vector<geo::LonLat> on_earth(const std::vector<geo::PlanePoint> &path, const geo::LocalPlane &plane);
[[nodiscard]] std::vector<geo::PlanePoint> resampled(const std::vector<geo::PlanePoint> &path, double step_m);

} // namespace keyaki::test
