#pragma once

#include "data/statistics_book.hpp"
#include "data/store.hpp"
#include "server/flows/current_state.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace keyaki::server {

/// A figure that everybody may see.
struct ShownFigure {
    std::string rally; ///< empty where it cannot be said
    std::string month; ///< of Japan: "2026-04"
    std::string figure;
    std::string of; ///< the spot, the course or the unit of the points; else empty
    std::int64_t number = 0;
    bool is_final = false; ///< the month is over; else it is rounded down
};

/// The end of what is shown at that time: the last full hour, and statistics_delay before.
[[nodiscard]] std::int64_t shown_until_us(std::int64_t now_us);

/// Those of the counts that are about enough people, rounded while their month goes on; of spots only those in `public_layers`, so that no hidden one
/// is named. In the order of rally, month, figure and what they are of. Pure.
[[nodiscard]] std::vector<ShownFigure> anonymous(const std::vector<data::StatisticsBook::Count> &counts, const std::set<std::string> &public_layers,
                                                 std::int64_t until_us);

[[nodiscard]] std::string statistics_json(const std::vector<ShownFigure> &figures, std::int64_t until_us);
[[nodiscard]] std::string statistics_csv(const std::vector<ShownFigure> &figures);

/// The last month of Japan that was over by then, "2026-04", and its begin and end as Unix time.
struct ClosedMonth {
    std::string name;
    std::int64_t from_us = 0;
    std::int64_t to_us = 0;
};
[[nodiscard]] ClosedMonth closed_month(std::int64_t until_us);

/// GeoJSON of the tiles in which enough members were given stamps in an hour of the day, their number rounded down though the month is over: somebody
/// who is erased must not be missed. Pure.
[[nodiscard]] std::string heat_json(const std::vector<data::StatisticsBook::Heat> &heat, const ClosedMonth &month);

/// Counts once an hour, when somebody asks. Who comes meanwhile has what was counted the hour before, which shows less and says of when it is; only
/// before the first count everybody waits. Any thread.
class Statistics {
  public:
    explicit Statistics(data::Store &store) : m_store(store), m_kept(nullptr) {}

    struct Texts {
        std::int64_t until_us = 0;
        std::string json;
        std::string csv;
        std::string heat; ///< of the last month that is over, whatever is asked: there is nothing to choose, so no two answers to compare
    };
    [[nodiscard]] std::shared_ptr<const Texts> at(std::int64_t now_us); ///< never nullptr

  private:
    [[nodiscard]] std::shared_ptr<const Texts> count(std::int64_t until_us) const;

    data::Store &m_store;
    std::mutex m_counting; ///< held by the one who counts
    CurrentState<Texts> m_kept;
};

} // namespace keyaki::server
