#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace keyaki::geo {

// Who is in a zone for how long: a state over many fixes, against the jitter of single ones. Pure, without a clock.

struct StayRules {
    double enter_probability = 0.5;       ///< entered at two fixes in a row from here on
    double leave_probability = 0.05;      ///< left at two fixes in a row down to here …
    std::int64_t leave_gap_ms = 20'000;   ///< … that lie at least so far apart
    std::int64_t longest_gap_ms = 60'000; ///< between two fixes; a longer silence is no stay
    std::int64_t reorder_ms = 30'000;     ///< a fix that comes so much later than a newer one still takes its place
    double low_accuracy_m = 100;          ///< a vaguer fix changes nothing
    std::int64_t least_gap_ms = 1'000;    ///< nor does one that lies nearer to another one: the same fix sent again is no second one
};

/// One fix as a zone sees it.
struct StayFix {
    std::int64_t taken_at_ms = 0;
    double probability = 0; ///< of being inside
    double accuracy_m = 0;
};

/// One phone in one zone. Fixes are put in the order of capture within the window of reordering; what was entered or left is never revoked by a
/// fix that comes later. Not for several threads at once.
class Stay {
  public:
    explicit Stay(const StayRules &rules = {}) : m_rules(rules) {}

    /// Takes a fix. Ignored: one past low_accuracy_m, one older than the window, one nearer than least_gap_ms to another, and one from before an
    /// entry or exit that is known already. So at most reorder_ms / least_gap_ms and one are waiting, however many come.
    void take(const StayFix &fix);

    [[nodiscard]] bool is_inside() const noexcept { return m_now.inside; }
    /// Milliseconds of the present stay (of the last one, once it is left): the gaps between fixes inside, as far as they are not too long.
    [[nodiscard]] std::int64_t dwell_ms() const noexcept { return m_now.dwell_ms; }
    /// Fixes that an earlier one may still come before.
    [[nodiscard]] std::size_t waiting() const noexcept { return m_fresh.size(); }
    [[nodiscard]] std::optional<std::int64_t> newest_ms() const noexcept { return m_newest_ms; }

  private:
    struct State {
        bool inside = false;
        std::optional<StayFix> last;             ///< the fix before
        std::optional<std::int64_t> doubtful_ms; ///< since when fixes have been outside, while inside
        std::int64_t dwell_ms = 0;
    };
    /// Whether it entered or left at this fix.
    [[nodiscard]] bool step(State &state, const StayFix &fix) const;

    [[nodiscard]] bool is_near_another(const StayFix &fix) const;

    StayRules m_rules;
    State m_settled;              ///< before the fixes that may still be reordered
    std::vector<StayFix> m_fresh; ///< by time
    State m_now;
    std::optional<std::int64_t> m_newest_ms;
    std::optional<std::int64_t> m_sealed_ms; ///< nothing before this changes any more
};

} // namespace keyaki::geo
