#include "geo/stay.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace keyaki::geo {

bool Stay::step(State &state, const StayFix &fix) const {
    const bool was_inside = state.inside;
    const auto before = std::exchange(state.last, fix);
    if (!state.inside) {
        if (before && before->probability >= m_rules.enter_probability && fix.probability >= m_rules.enter_probability) {
            state.inside = true;
            state.dwell_ms = 0;
            state.doubtful_ms.reset();
        }
        return state.inside;
    }
    const std::int64_t gap_ms = fix.taken_at_ms - before->taken_at_ms;
    if (fix.probability > m_rules.leave_probability) {
        // The way from the last fix inside to this one; across a doubtful fix too, which one gap of at most longest_gap_ms each allows.
        state.doubtful_ms.reset();
    } else if (!state.doubtful_ms) {
        state.doubtful_ms = fix.taken_at_ms;
    } else if (fix.taken_at_ms - *state.doubtful_ms >= m_rules.leave_gap_ms) {
        state.inside = false;
        state.doubtful_ms.reset();
    }
    if (state.inside && !state.doubtful_ms && before->probability > m_rules.leave_probability && gap_ms <= m_rules.longest_gap_ms) {
        state.dwell_ms += gap_ms;
    }
    return state.inside != was_inside;
}

bool Stay::is_near_another(const StayFix &fix) const {
    const auto is_near = [&](const StayFix &other) { return std::abs(fix.taken_at_ms - other.taken_at_ms) < m_rules.least_gap_ms; };
    return (m_settled.last && is_near(*m_settled.last)) || std::any_of(m_fresh.begin(), m_fresh.end(), is_near);
}

void Stay::take(const StayFix &fix) {
    // Times from outside may be anything; past a hundred thousand years the difference of two would not fit.
    constexpr std::int64_t end_of_time_ms = std::int64_t{1} << 52;
    const bool is_usable = fix.accuracy_m <= m_rules.low_accuracy_m && fix.taken_at_ms > -end_of_time_ms && fix.taken_at_ms < end_of_time_ms;
    const bool is_late = m_newest_ms && *m_newest_ms - fix.taken_at_ms > m_rules.reorder_ms;
    if (!is_usable || is_late || (m_sealed_ms && fix.taken_at_ms <= *m_sealed_ms) || is_near_another(fix)) {
        return;
    }
    m_newest_ms = std::max(m_newest_ms.value_or(fix.taken_at_ms), fix.taken_at_ms);
    const auto place =
        std::upper_bound(m_fresh.begin(), m_fresh.end(), fix, [](const StayFix &a, const StayFix &b) { return a.taken_at_ms < b.taken_at_ms; });
    m_fresh.insert(place, fix);
    m_now = m_settled;
    std::size_t settled = 0;
    for (std::size_t i = 0; i < m_fresh.size(); ++i) {
        const bool is_event = step(m_now, m_fresh[i]);
        const bool is_old = *m_newest_ms - m_fresh[i].taken_at_ms > m_rules.reorder_ms;
        if (is_event || is_old) {
            m_settled = m_now;
            m_sealed_ms = m_fresh[i].taken_at_ms;
            settled = i + 1;
        }
    }
    m_fresh.erase(m_fresh.begin(), m_fresh.begin() + static_cast<std::ptrdiff_t>(settled));
}

} // namespace keyaki::geo
