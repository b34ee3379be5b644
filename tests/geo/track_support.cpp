#include "tests/geo/track_support.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <zlib.h>

namespace keyaki::test {

namespace {

using geo::PlanePoint;

constexpr std::int64_t start_ms = 1'775'000'000'000;

double distance(PlanePoint a, PlanePoint b) { return std::hypot(a.east_m - b.east_m, a.north_m - b.north_m); }

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
    const std::size_t begin = text.find(before);
    if (begin == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(begin + before.size());
    return text.substr(0, text.find(after));
}

template <typename Number>
Number number_of(std::string_view text) {
    Number value{};
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
        throw std::runtime_error("not a number: " + std::string(text));
    }
    return value;
}

/// "2019-08-22T07:09:32Z", with or without a fraction.
std::int64_t milliseconds_of(std::string_view text) {
    using std::chrono::hours;
    using std::chrono::milliseconds;
    using std::chrono::minutes;
    using std::chrono::month;
    using std::chrono::seconds;
    using std::chrono::sys_days;
    using std::chrono::year;
    const sys_days day(year(number_of<int>(text.substr(0, 4))) / month(number_of<unsigned>(text.substr(5, 2))) /
                       std::chrono::day(number_of<unsigned>(text.substr(8, 2))));
    const auto time =
        hours(number_of<int>(text.substr(11, 2))) + minutes(number_of<int>(text.substr(14, 2))) + seconds(number_of<int>(text.substr(17, 2)));
    return std::chrono::duration_cast<milliseconds>(day.time_since_epoch() + time).count();
}

double off_line(PlanePoint point, PlanePoint a, PlanePoint b) {
    const double length_m = distance(a, b);
    return length_m == 0
               ? distance(point, a)
               : std::abs((b.east_m - a.east_m) * (a.north_m - point.north_m) - (a.east_m - point.east_m) * (b.north_m - a.north_m)) / length_m;
}

void keep_corners(const std::vector<PlanePoint> &points, std::size_t from, std::size_t to, double off_m, std::vector<bool> &keep) {
    double furthest_m = 0;
    std::size_t at = from;
    for (std::size_t i = from + 1; i < to; ++i) {
        const double away_m = off_line(points[i], points[from], points[to]);
        if (away_m > furthest_m) {
            furthest_m = away_m;
            at = i;
        }
    }
    if (furthest_m > off_m) {
        keep[at] = true;
        keep_corners(points, from, at, off_m, keep);
        keep_corners(points, at, to, off_m, keep);
    }
}

} // namespace

std::vector<geo::Fix> read_gpx(std::string_view text, double accuracy_m) {
    std::vector<geo::Fix> track;
    for (std::size_t at = text.find("<trkpt"); at != std::string_view::npos; at = text.find("<trkpt", at + 1)) {
        const std::string_view point = text.substr(at, text.find("</trkpt>", at) - at);
        const std::string_view time = between(point, "<time>", "</time>");
        if (!time.empty()) {
            track.push_back({{number_of<double>(between(point, "lon=\"", "\"")), number_of<double>(between(point, "lat=\"", "\""))},
                             accuracy_m,
                             milliseconds_of(time),
                             false});
        }
    }
    return track;
}

std::vector<geo::Fix> read_trackintel(std::string_view text) {
    std::vector<geo::Fix> track;
    text.remove_prefix(text.find('\n') + 1);
    while (!text.empty()) {
        std::string_view row = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), row.size() + 1));
        std::vector<std::string_view> cells;
        for (std::size_t end = 0; end != std::string_view::npos;
             row.remove_prefix(std::min(row.size(), end == std::string_view::npos ? 0 : end + 1))) {
            end = row.find(';');
            cells.push_back(row.substr(0, end));
        }
        if (cells.size() == 6) {
            track.push_back(
                {{number_of<double>(cells[3]), number_of<double>(cells[2])}, number_of<double>(cells[5]), milliseconds_of(cells[1]), false});
        }
    }
    return track;
}

std::string unzipped(std::string_view archive, std::string_view member) {
    const auto number = [&](std::size_t at, std::size_t bytes) {
        std::size_t value = 0;
        for (std::size_t i = bytes; i-- > 0;) {
            value = value << 8U | static_cast<unsigned char>(archive.at(at + i));
        }
        return value;
    };
    // The central directory (PKWARE APPNOTE 4.3.12), whose sizes are right also where the local headers leave them out.
    for (std::size_t at = archive.find("PK\x01\x02"); at != std::string_view::npos; at = archive.find("PK\x01\x02", at + 4)) {
        if (archive.substr(at + 46, number(at + 28, 2)) != member || number(at + 10, 2) != 8) {
            continue;
        }
        const std::size_t local = number(at + 42, 4);
        const std::size_t begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        std::string packed(archive.substr(begin, number(at + 20, 4)));
        std::string bytes(number(at + 24, 4), '\0');
        z_stream stream{};
        stream.next_in = reinterpret_cast<Bytef *>(packed.data());
        stream.avail_in = static_cast<uInt>(packed.size());
        stream.next_out = reinterpret_cast<Bytef *>(bytes.data());
        stream.avail_out = static_cast<uInt>(bytes.size());
        const bool is_whole = inflateInit2(&stream, -MAX_WBITS) == Z_OK && inflate(&stream, Z_FINISH) == Z_STREAM_END;
        inflateEnd(&stream);
        if (is_whole) {
            return bytes;
        }
    }
    throw std::runtime_error("no deflated member " + std::string(member));
}

std::vector<geo::LonLat> drawn_along(const std::vector<geo::Fix> &track, double off_m) {
    const geo::LocalPlane plane(track[track.size() / 2].position);
    std::vector<PlanePoint> points;
    for (const geo::Fix &fix : track) {
        points.push_back(plane.to_plane(fix.position));
    }
    std::vector<bool> keep(points.size(), false);
    keep.front() = keep.back() = true;
    // From both ends to the middle: a track that ends where it began has no line between its ends.
    const std::size_t middle = points.size() / 2;
    keep[middle] = true;
    keep_corners(points, 0, middle, off_m, keep);
    keep_corners(points, middle, points.size() - 1, off_m, keep);
    std::vector<geo::LonLat> course;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (keep[i]) {
            course.push_back(track[i].position);
        }
    }
    return course;
}

std::vector<geo::Fix> shifted(std::vector<geo::Fix> track, double east_m, double north_m) {
    const geo::LocalPlane plane(track[track.size() / 2].position);
    for (geo::Fix &fix : track) {
        const PlanePoint place = plane.to_plane(fix.position);
        fix.position = plane.to_lon_lat({place.east_m + east_m, place.north_m + north_m});
    }
    return track;
}

std::vector<geo::LonLat> reversed(std::vector<geo::LonLat> course) {
    std::reverse(course.begin(), course.end());
    return course;
}

std::vector<PlanePoint> street_course(std::mt19937_64 &random, double length_m) {
    std::uniform_real_distribution<double> uniform(0, 1);
    std::vector<PlanePoint> course{{0, 0}};
    int direction = 0;
    for (double so_far_m = 0; so_far_m < length_m;) {
        const double leg_m = 60 + 120 * uniform(random);
        const auto turn = random() % 3;
        direction = (direction + (turn == 0 ? 1 : turn == 1 ? 3 : 0)) % 4;
        constexpr double east[4] = {1, 0, -1, 0};
        constexpr double north[4] = {0, 1, 0, -1};
        course.push_back({course.back().east_m + east[direction] * leg_m, course.back().north_m + north[direction] * leg_m});
        so_far_m += leg_m;
    }
    return course;
}

std::vector<PlanePoint> resampled(const std::vector<PlanePoint> &path, double step_m) {
    std::vector<PlanePoint> points{path.front()};
    double to_next_m = step_m;
    for (std::size_t i = 1; i < path.size(); ++i) {
        const double length_m = distance(path[i - 1], path[i]);
        for (; to_next_m <= length_m; to_next_m += step_m) {
            const double share = to_next_m / length_m;
            points.push_back({path[i - 1].east_m + share * (path[i].east_m - path[i - 1].east_m),
                              path[i - 1].north_m + share * (path[i].north_m - path[i - 1].north_m)});
        }
        to_next_m -= length_m;
    }
    points.push_back(path.back());
    return points;
}

std::vector<geo::Fix> walk(std::mt19937_64 &random, const std::vector<PlanePoint> &path, const Walker &walker, const geo::LocalPlane &plane) {
    std::normal_distribution<double> normal(0, 1);
    std::uniform_real_distribution<double> uniform(0, 1);
    const std::vector<PlanePoint> places = resampled(path, walker.speed_mps * walker.cadence_s);
    const double slow_m = walker.sigma_m * std::sqrt(0.7);
    const double keeps = std::exp(-walker.cadence_s / 60);
    const double fresh_m = slow_m * std::sqrt(1 - keeps * keeps);
    PlanePoint drift{slow_m * normal(random), slow_m * normal(random)};
    const double silent_from_s = walker.silence_s > 0 ? uniform(random) * 0.8 * walker.cadence_s * static_cast<double>(places.size()) : -1e9;
    std::vector<geo::Fix> track;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const double second = walker.cadence_s * static_cast<double>(i);
        drift = {keeps * drift.east_m + fresh_m * normal(random), keeps * drift.north_m + fresh_m * normal(random)};
        if (second > silent_from_s && second < silent_from_s + walker.silence_s) {
            continue;
        }
        PlanePoint seen{places[i].east_m + drift.east_m + walker.sigma_m * std::sqrt(0.3) * normal(random),
                        places[i].north_m + drift.north_m + walker.sigma_m * std::sqrt(0.3) * normal(random)};
        double accuracy_m = walker.sigma_m * 1.51;
        if (uniform(random) < walker.outliers) {
            const double angle = 2 * std::numbers::pi * uniform(random);
            const double away_m = 100 + 200 * uniform(random);
            seen = {places[i].east_m + away_m * std::cos(angle), places[i].north_m + away_m * std::sin(angle)};
            accuracy_m = 5;
        }
        track.push_back({plane.to_lon_lat(seen), accuracy_m, start_ms + static_cast<std::int64_t>(second * 1000), false});
    }
    return track;
}

std::vector<geo::LonLat> on_earth(const std::vector<PlanePoint> &path, const geo::LocalPlane &plane) {
    std::vector<geo::LonLat> positions;
    for (const PlanePoint point : path) {
        positions.push_back(plane.to_lon_lat(point));
    }
    return positions;
}

} // namespace keyaki::test
