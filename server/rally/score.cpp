#include "server/rally/score.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::server::rally {

Score score_of(const Measures &measures, const ScoreRules &rules) {
    Score score;
    const auto add = [&](Signal signal, bool is_there) {
        if (is_there) {
            score.signals.push_back(signal);
            score.own += rules.weights.at(static_cast<std::size_t>(signal));
        }
    };
    const auto more = [](std::int64_t count, double limit) { return static_cast<double>(count) > limit; };
    add(Signal::mock_flag, measures.mocked);
    add(Signal::accessory_gps, measures.accessory);
    add(Signal::device_integrity_fail, measures.integrity_failed);
    add(Signal::attest_missing, measures.integrity_missing && !measures.integrity_failed);
    add(Signal::teleport, measures.jump_mps > rules.jump_mps);
    add(Signal::too_fast_for_mode, measures.stamp_mps > rules.walking_mps);
    add(Signal::two_places, measures.other_device_jump_mps > rules.jump_mps);
    add(Signal::device_many_users,
        more(measures.device_members, rules.device_members) || more(measures.device_minute_members, rules.device_minute_stamps));
    add(Signal::user_many_devices, more(measures.member_devices, rules.member_devices));
    add(Signal::fix_cloned, measures.cloned);
    add(Signal::sensor_flat, measures.flat);
    add(Signal::center_hit, static_cast<double>(measures.center_hits) >= rules.center_hits);
    add(Signal::accuracy_too_good, measures.least_accuracy_m > 0 && measures.least_accuracy_m < rules.least_accuracy_m);
    add(Signal::code_burst, more(measures.code_uses, rules.code_uses));
    add(Signal::crowd_pattern, static_cast<double>(measures.crowd_members) >= rules.crowd_members);
    add(Signal::offline_late, measures.late_s > rules.offline_late_s);
    score.own = std::min(score.own, 100.0);
    score.total = std::max(score.own, measures.carried);
    const auto band = [&rules](double value) {
        return value >= rules.refuse_from   ? Band::refuse
               : value >= rules.hold_from   ? Band::hold
               : value >= rules.sample_from ? Band::sample
                                            : Band::post;
    };
    // What was shown before holds an award back, but refuses nobody: the attempt itself may be an honest one.
    score.band = std::max(band(score.own), std::min(band(measures.carried), Band::hold));
    score.is_carried = score.band > band(score.own);
    return score;
}

double faded(double score, double days, const ScoreRules &rules) noexcept {
    const double left = score * std::exp2(-std::max(0.0, days) / rules.half_life_days);
    return left < rules.smallest_carried ? 0 : left;
}

} // namespace keyaki::server::rally
