#include "server/rally/rules.hpp"

#include "server/json_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace keyaki::server::rally {

namespace {

/// Collects constants of one part of the rules.
class Collector {
  public:
    Collector(std::vector<Constant> &constants, std::string prefix) : m_constants(constants), m_prefix(std::move(prefix)) {}

    /// A constant that decides by what is stored.
    template <typename Number>
    Collector &kept(const char *name, Number &value) {
        m_constants.push_back({m_prefix + name, &value, true});
        return *this;
    }
    /// A constant that works on what is not stored.
    template <typename Number>
    Collector &gone(const char *name, Number &value) {
        m_constants.push_back({m_prefix + name, &value, false});
        return *this;
    }

  private:
    std::vector<Constant> &m_constants;
    std::string m_prefix;
};

void collect(Collector collector, geo::PresenceRules &rules) {
    collector.gone("android_accuracy_per_sigma", rules.android_accuracy_per_sigma)
        .gone("ios_accuracy_per_sigma", rules.ios_accuracy_per_sigma)
        .gone("web_accuracy_per_sigma", rules.web_accuracy_per_sigma)
        .gone("smallest_sigma_m", rules.smallest_sigma_m)
        .gone("low_accuracy_m", rules.low_accuracy_m)
        .gone("token_accuracy_m", rules.token_accuracy_m)
        .gone("most_fixes", rules.most_fixes)
        .gone("least_gap_ms", rules.least_gap_ms)
        .gone("longest_bundle_ms", rules.longest_bundle_ms)
        .gone("bundle_sigma_factor", rules.bundle_sigma_factor)
        .gone("agree_floor_m", rules.agree_floor_m)
        .gone("stale_after_ms", rules.stale_after_ms)
        .gone("future_after_ms", rules.future_after_ms)
        .gone("offline_settle_ms", rules.offline_settle_ms);
    collector.kept("agree_sigmas", rules.agree_sigmas)
        .kept("fast_in_probability", rules.fast_in_probability)
        .kept("fast_out_probability", rules.fast_out_probability)
        .kept("vague_outside_sigmas", rules.vague_outside_sigmas)
        .kept("bundle_fixes", rules.bundle_fixes)
        .kept("in_probability", rules.in_probability)
        .kept("ask_token_probability", rules.ask_token_probability)
        .kept("token_probability", rules.token_probability);
}

void collect(Collector collector, geo::StayRules &rules) {
    collector.gone("enter_probability", rules.enter_probability)
        .gone("leave_probability", rules.leave_probability)
        .gone("leave_gap_ms", rules.leave_gap_ms)
        .gone("longest_gap_ms", rules.longest_gap_ms)
        .gone("reorder_ms", rules.reorder_ms)
        .gone("least_gap_ms", rules.least_gap_ms)
        .gone("low_accuracy_m", rules.low_accuracy_m);
}

void collect(Collector collector, geo::TrackRules &rules) {
    collector.gone("gate_speed_mps", rules.gate_speed_mps)
        .gone("longest_join_ms", rules.longest_join_ms)
        .gone("silence_join_ms", rules.silence_join_ms)
        .gone("silence_join_mps", rules.silence_join_mps)
        .gone("join_cadences", rules.join_cadences)
        .gone("smoothing_ms", rules.smoothing_ms)
        .gone("sample_m", rules.sample_m)
        .gone("corridor_sigmas", rules.corridor_sigmas)
        .gone("least_corridor_m", rules.least_corridor_m)
        .gone("most_corridor_m", rules.most_corridor_m)
        .gone("speed_span_ms", rules.speed_span_ms)
        .gone("speed_share", rules.speed_share);
    collector.kept("pass_coverage", rules.pass_coverage).kept("review_coverage", rules.review_coverage).kept("most_paces", rules.most_paces);
}

void collect(Collector collector, ScoreRules &rules) {
    for (std::size_t i = 0; i < signal_count; ++i) {
        collector.kept(("weights." + std::string(reason_code(reason_of(static_cast<Signal>(i))))).c_str(), rules.weights.at(i));
    }
    collector.kept("sample_from", rules.sample_from)
        .kept("hold_from", rules.hold_from)
        .kept("refuse_from", rules.refuse_from)
        .kept("jump_mps", rules.jump_mps)
        .kept("walking_mps", rules.walking_mps)
        .kept("device_members", rules.device_members)
        .kept("member_devices", rules.member_devices)
        .kept("device_minute_stamps", rules.device_minute_stamps)
        .kept("least_accuracy_m", rules.least_accuracy_m)
        .kept("center_hits", rules.center_hits)
        .kept("code_uses", rules.code_uses)
        .kept("crowd_members", rules.crowd_members)
        .kept("offline_late_s", rules.offline_late_s)
        .kept("hold_timeout_s", rules.hold_timeout_s);
    collector.gone("half_life_days", rules.half_life_days)
        .gone("smallest_carried", rules.smallest_carried)
        .gone("crowd_gap_s", rules.crowd_gap_s)
        .gone("crowd_legs", rules.crowd_legs)
        .gone("center_m", rules.center_m)
        .gone("center_sigma_m", rules.center_sigma_m);
}

void collect(Collector collector, EvidenceRules &rules) {
    collector.gone("code_step_s", rules.code_step_s)
        .gone("code_window", rules.code_window)
        .gone("longest_wait_s", rules.longest_wait_s)
        .kept("hidden_tries", rules.hidden_tries);
}

double as_double(const Constant &constant) {
    return std::visit([](const auto *value) { return static_cast<double>(*value); }, constant.value);
}

} // namespace

Reason reason_of(Signal signal) noexcept {
    static_assert(static_cast<std::size_t>(Reason::offline_late) - static_cast<std::size_t>(Reason::mock_flag) + 1 == signal_count);
    return static_cast<Reason>(static_cast<std::size_t>(Reason::mock_flag) + static_cast<std::size_t>(signal));
}

std::vector<Constant> constants_of(Rules &rules) {
    std::vector<Constant> constants;
    collect(Collector(constants, "presence."), rules.presence);
    collect(Collector(constants, "stay."), rules.stay);
    collect(Collector(constants, "track."), rules.track);
    collect(Collector(constants, "score."), rules.score);
    collect(Collector(constants, "evidence."), rules.evidence);
    Collector(constants, "course.").kept("longest_run_s", rules.course.longest_run_s);
    return constants;
}

std::string rules_json(const Rules &rules) {
    Rules copy = rules;
    nlohmann::ordered_json json{{"version", rules.version}};
    for (const Constant &constant : constants_of(copy)) {
        std::visit([&](const auto *value) { json[constant.name] = *value; }, constant.value);
    }
    return json.dump();
}

Rules parse_rules(std::string_view text) {
    return read_object(text, "the rules", [&](ObjectReader &reader) {
        Rules rules;
        rules.version = reader.text("version", 64);
        for (const Constant &constant : constants_of(rules)) {
            if (auto *const *real = std::get_if<double *>(&constant.value)) {
                **real = reader.optional_number(constant.name, 0, 1e9).value_or(**real);
            } else if (auto *const *whole = std::get_if<std::int64_t *>(&constant.value)) {
                **whole = reader.optional_integer(constant.name, 0, 1'000'000'000'000).value_or(**whole);
            } else {
                auto *count = std::get<std::size_t *>(constant.value);
                *count = static_cast<std::size_t>(reader.optional_integer(constant.name, 1, 1'000).value_or(static_cast<std::int64_t>(*count)));
            }
        }
        return rules;
    });
}

std::vector<std::string> unreplayable_differences(const Rules &a, const Rules &b) {
    Rules copy_a = a;
    Rules copy_b = b;
    const auto constants_a = constants_of(copy_a);
    const auto constants_b = constants_of(copy_b);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < constants_a.size(); ++i) {
        if (!constants_a[i].is_replayable && as_double(constants_a[i]) != as_double(constants_b[i])) {
            names.push_back(constants_a[i].name);
        }
    }
    return names;
}

const Rules &current_rules() {
    static const Rules rules;
    return rules;
}

} // namespace keyaki::server::rally
