#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace keyaki::data {

class Connection;

/// What rallies came to, counted from stamps, finishes and the ledger, with how many people each figure is about: whoever shows it decides by that
/// whether it may be shown. One connection, one thread; reads only.
class StatisticsBook {
  public:
    explicit StatisticsBook(Connection &connection) noexcept : m_connection(connection) {}

    enum class Figure : std::uint8_t {
        participants, ///< members with a stamp
        stamps,       ///< of one spot
        courses,      ///< completed, of one course
        completions,  ///< of the rally
        issued,       ///< points that its budget has given to members
        held,         ///< points that wait for a review, in the month in which they were reserved
        spent,        ///< points at shops
        expired,      ///< points
    };
    struct Count {
        std::string rally; ///< empty for points spent or expired of which nobody can say it: only points with an expiry are in lots
        std::string month; ///< of Japan: "2026-04"
        Figure figure = Figure::participants;
        std::string of; ///< the spot, the course, or the unit of the points; else empty
        std::int64_t number = 0;
        std::int64_t members = 0; ///< different ones
    };
    /// By rally, month, figure and what it is of, from what happened before that time; what is held, from what waits now.
    [[nodiscard]] std::vector<Count> counts(std::int64_t before_us);

    /// A tile of heat_zoom and an hour of the day in Japan in which members were given stamps.
    struct Heat {
        std::uint32_t x = 0;
        std::uint32_t y = 0;
        int hour = 0;
        std::int64_t members = 0; ///< different ones

        friend bool operator==(const Heat &, const Heat &) = default;
    };
    static constexpr std::uint8_t heat_zoom = 16; ///< about 500 m at Japan's latitudes
    /// Where stamps of [from_us, to_us) were given at spots of those layers, by the coarse cell that is kept with the check-in, ordered by tile and
    /// hour. The first and the last stamp of an outing, which may be beside somebody's door, are left out: those without another one of the same
    /// member within `outing_gap_us` before, or after.
    [[nodiscard]] std::vector<Heat> heat(std::int64_t from_us, std::int64_t to_us, std::int64_t outing_gap_us, const std::set<std::string> &layers);

  private:
    Connection &m_connection;
};

} // namespace keyaki::data
