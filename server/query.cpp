#include "server/query.hpp"

#include "geo/error.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace keyaki::server {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, sentence); }

std::vector<double> parse_numbers(std::string_view text) {
    std::vector<double> numbers;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        double number = 0;
        const auto [stop, failure] = std::from_chars(text.data() + begin, text.data() + end, number);
        if (failure != std::errc() || stop != text.data() + end || !std::isfinite(number)) {
            refuse(fmt::format("bbox: expected numbers parted by commas, found \"{}\"", text.substr(begin, std::min<std::size_t>(end - begin, 40))));
        }
        numbers.push_back(number);
        if (numbers.size() > 6) {
            refuse("bbox: expected 4 or 6 numbers, found more");
        }
        begin = end + 1;
    }
    return numbers;
}

bool is_date(std::string_view text) { return text.size() == 10 && parse_rfc3339_us(std::string(text) + "T00:00:00Z").has_value(); }

bool is_instant(std::string_view text) { return is_date(text) || parse_rfc3339_us(text).has_value(); }

/// ISO 8601: P and at least one number with its unit.
bool is_duration(std::string_view text) {
    return text.size() > 2 && text.front() == 'P' && text.find_first_not_of("PYMWDTHS0123456789.") == std::string_view::npos &&
           text.find_first_of("0123456789") != std::string_view::npos;
}

} // namespace

std::vector<geo::LonLatBox> parse_bbox(std::string_view text) {
    const std::vector<double> n = parse_numbers(text);
    if (n.size() != 4 && n.size() != 6) {
        refuse(fmt::format("bbox: expected 4 or 6 numbers, found {}", n.size()));
    }
    const std::size_t east = n.size() / 2;
    const geo::LonLatBox box{n[0], n[1], n[east], n[east + 1]};
    if (std::abs(box.west_deg) > 180 || std::abs(box.east_deg) > 180 || std::abs(box.south_deg) > 90 || std::abs(box.north_deg) > 90) {
        refuse(fmt::format("bbox: expected longitudes within ±180 and latitudes within ±90 (west,south,east,north), found {}", text));
    }
    if (box.south_deg > box.north_deg) {
        refuse(fmt::format("bbox: expected south <= north, found {} > {}", box.south_deg, box.north_deg));
    }
    if (box.west_deg <= box.east_deg) {
        return {box};
    }
    return {{box.west_deg, box.south_deg, 180, box.north_deg}, {-180, box.south_deg, box.east_deg, box.north_deg}};
}

std::int64_t parse_limit(std::string_view text, std::int64_t maximum) {
    std::int64_t limit = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool is_number = !text.empty() && stop == text.data() + text.size() && text.front() != '-';
    if (is_number && failure == std::errc::result_out_of_range) {
        return maximum;
    }
    if (!is_number || failure != std::errc() || limit < 1) {
        refuse(fmt::format("limit: expected a whole number from 1, found \"{}\"", text.substr(0, 40)));
    }
    return std::min(limit, maximum);
}

void check_datetime(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        if (!is_instant(text)) {
            refuse(fmt::format("datetime: expected a time such as 2026-04-01T00:00:00Z or an interval, found \"{}\"", text.substr(0, 80)));
        }
        return;
    }
    const auto is_open = [](std::string_view end) { return end.empty() || end == ".."; };
    const std::string_view begin = text.substr(0, slash);
    const std::string_view end = text.substr(slash + 1);
    if (!(is_open(begin) || is_instant(begin)) || !(is_open(end) || is_instant(end) || is_duration(end))) {
        refuse(fmt::format("datetime: expected an interval such as 2026-04-01T00:00:00Z/.., found \"{}\"", text.substr(0, 80)));
    }
    if (is_instant(begin) && is_instant(end) && !is_date(begin) && !is_date(end) && *parse_rfc3339_us(begin) > *parse_rfc3339_us(end)) {
        refuse(fmt::format("datetime: expected the interval's begin before its end, found \"{}\"", text));
    }
}

} // namespace keyaki::server
