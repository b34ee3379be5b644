#include "server/query.hpp"

#include "geo/error.hpp"

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

} // namespace

std::vector<double> parse_bbox_numbers(std::string_view text) {
    std::vector<double> numbers = parse_numbers(text);
    if (numbers.size() != 4 && numbers.size() != 6) {
        refuse(fmt::format("bbox: expected 4 or 6 numbers, found {}", numbers.size()));
    }
    return numbers;
}

std::vector<geo::LonLatBox> boxes_of_degrees(const geo::LonLatBox &box, std::string_view text) {
    if (std::abs(box.west_deg) > 180 || std::abs(box.east_deg) > 180 || std::abs(box.south_deg) > 90 || std::abs(box.north_deg) > 90) {
        refuse(fmt::format("bbox: expected longitudes within ±180 and latitudes within ±90 in the order of the CRS's axes (west,south,east,north "
                           "where none is named), found {}",
                           text));
    }
    if (box.south_deg > box.north_deg) {
        refuse(fmt::format("bbox: expected south <= north, found {} > {}", box.south_deg, box.north_deg));
    }
    if (box.west_deg <= box.east_deg) {
        return {box};
    }
    return {{box.west_deg, box.south_deg, 180, box.north_deg}, {-180, box.south_deg, box.east_deg, box.north_deg}};
}

std::vector<geo::LonLatBox> parse_bbox(std::string_view text) {
    const std::vector<double> numbers = parse_bbox_numbers(text);
    const std::size_t upper = numbers.size() / 2;
    return boxes_of_degrees({numbers[0], numbers[1], numbers[upper], numbers[upper + 1]}, text);
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

} // namespace keyaki::server
