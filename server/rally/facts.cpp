#include "server/rally/facts.hpp"

#include "geo/error.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <type_traits>

namespace keyaki::server::rally {

namespace {

using Document = nlohmann::json;
using nlohmann::ordered_json;

/// Names and members, once for both directions: the visitor writes or reads each.
template <typename Facts_, typename Visitor>
void visit_facts(Facts_ &facts, Visitor &&field) {
    field("received_at_us", facts.received_at_us);
    field("visited_at_us", facts.visited_at_us);
    field("points", facts.points);
    field("has_stale", facts.has_stale);
    field("has_future", facts.has_future);
    field("is_indoor", facts.is_indoor);
    field("dwell_ms", facts.dwell_ms);
    field("token", facts.token);
    field("token_fault", facts.token_fault);
    field("device_fault", facts.device_fault);
    field("quiz", facts.quiz);
    field("riddle", facts.riddle);
    field("wait_until_us", facts.wait_until_us);
    field("empty_tries", facts.empty_tries);
    field("is_stamped", facts.is_stamped);
    field("points_today", facts.points_today);
    field("member_stamps_today", facts.member_stamps_today);
    field("device_stamps_today", facts.device_stamps_today);
    field("spot_stamps_today", facts.spot_stamps_today);
    field("budget_available", facts.budget_available);
    field("award_fault", facts.award_fault);
}

template <typename Measures_, typename Visitor>
void visit_measures(Measures_ &measures, Visitor &&field) {
    field("mocked", measures.mocked);
    field("accessory", measures.accessory);
    field("integrity_failed", measures.integrity_failed);
    field("integrity_missing", measures.integrity_missing);
    field("cloned", measures.cloned);
    field("flat", measures.flat);
    field("jump_mps", measures.jump_mps);
    field("other_device_jump_mps", measures.other_device_jump_mps);
    field("stamp_mps", measures.stamp_mps);
    field("least_accuracy_m", measures.least_accuracy_m);
    field("device_members", measures.device_members);
    field("member_devices", measures.member_devices);
    field("device_minute_members", measures.device_minute_members);
    field("center_hits", measures.center_hits);
    field("code_uses", measures.code_uses);
    field("crowd_members", measures.crowd_members);
    field("late_s", measures.late_s);
    field("carried", measures.carried);
}

template <typename Leg_, typename Visitor>
void visit_leg(Leg_ &leg, Visitor &&field) {
    field("course", leg.course);
    field("run", leg.run);
    field("is_known", leg.is_known);
    field("is_over", leg.is_over);
    field("is_next", leg.is_next);
    field("run_s", leg.run_s);
    field("is_same_day", leg.is_same_day);
    field("leg_s", leg.leg_s);
    field("least_leg_s", leg.least_leg_s);
    field("finishes", leg.finishes);
    field("needs_track", leg.needs_track);
    field("coverage", leg.coverage);
    field("track_paces", leg.track_paces);
}

template <typename Value>
struct Inner {
    using type = Value;
};
template <typename Value>
struct Inner<std::optional<Value>> {
    using type = Value;
};

/// Leaves out what is as in a new object. Each kind of object has one way to be visited.
template <typename Object, typename Visit>
ordered_json written(const Object &object, Visit visit) {
    ordered_json json;
    static const Object usual{};
    const auto as_json = [](const auto &value) -> ordered_json {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (!std::is_same_v<typename Inner<Value>::type, Value>) {
            return value ? ordered_json(*value) : ordered_json(nullptr);
        } else if constexpr (std::is_enum_v<Value>) {
            return static_cast<int>(value);
        } else {
            return value;
        }
    };
    static const std::vector<ordered_json> usual_values = [&] { // this is written with every check-in
        std::vector<ordered_json> values;
        visit(usual, [&](const char *, const auto &value) { values.push_back(as_json(value)); });
        return values;
    }();
    std::size_t at = 0;
    visit(object, [&](const char *name, const auto &value) {
        ordered_json text = as_json(value);
        if (text != usual_values[at++]) {
            json[name] = std::move(text);
        }
    });
    return json.is_null() ? ordered_json::object() : json;
}

template <typename Object, typename Visit>
Object read(const Document &document, Visit visit) {
    Object object;
    visit(object, [&document](const char *name, auto &value) {
        using Value = std::decay_t<decltype(value)>;
        const auto found = document.find(name);
        if (found == document.end()) {
            return;
        }
        if constexpr (std::is_enum_v<Value>) {
            value = static_cast<Value>(found->template get<int>());
        } else {
            value = found->template get<typename Inner<Value>::type>();
        }
    });
    return object;
}

ordered_json seen_json(const geo::Observation &seen) {
    ordered_json fixes = ordered_json::array();
    for (const geo::ObservedFix &fix : seen.fixes) {
        fixes.push_back({fix.probability, fix.sigmas_outside, fix.trusted ? 1 : 0, fix.mocked ? 1 : 0});
    }
    ordered_json reasons = ordered_json::array();
    for (const geo::PresenceReason reason : seen.seen) {
        reasons.push_back(geo::presence_reason_code(reason));
    }
    ordered_json json{{"probability", seen.probability},
                      {"sigma_m", std::round(seen.sigma_m * 10) / 10},
                      {"tries", seen.tries},
                      {"fixes", fixes},
                      {"apart", seen.apart}};
    if (seen.band) {
        json["band"] = static_cast<int>(*seen.band);
    }
    if (!reasons.empty()) {
        json["codes"] = std::move(reasons);
    }
    return json;
}

std::optional<geo::PresenceReason> presence_reason_of(std::string_view code) {
    for (int i = 0; i <= static_cast<int>(geo::PresenceReason::token_too_far); ++i) {
        if (geo::presence_reason_code(static_cast<geo::PresenceReason>(i)) == code) {
            return static_cast<geo::PresenceReason>(i);
        }
    }
    return std::nullopt;
}

geo::Observation seen_of(const Document &document) {
    geo::Observation seen;
    seen.probability = document.at("probability").get<double>();
    seen.exact_probability = seen.probability;
    seen.sigma_m = document.at("sigma_m").get<double>();
    seen.tries = document.at("tries").get<std::size_t>();
    for (const Document &fix : document.at("fixes")) {
        seen.fixes.push_back({fix.at(0).get<double>(), fix.at(1).get<double>(), fix.at(2).get<int>() == 1, fix.at(3).get<int>() == 1});
    }
    seen.apart = document.at("apart").get<std::vector<double>>();
    if (document.contains("band")) {
        seen.band = static_cast<geo::DistanceBand>(document.at("band").get<int>());
    }
    for (const Document &code : document.value("codes", Document::array())) {
        if (const auto reason = presence_reason_of(code.get<std::string>())) {
            seen.seen.push_back(*reason);
        }
    }
    if (seen.apart.size() != (seen.fixes.empty() ? 0 : seen.fixes.size() * (seen.fixes.size() - 1) / 2)) {
        throw geo::Error(geo::ErrorKind::corrupt, "the stored facts of a check-in say of too few or too many pairs of fixes how far they lie apart");
    }
    return seen;
}

} // namespace

std::string facts_json(const Facts &facts) {
    ordered_json json = written(facts, [](auto &object, auto &&field) { visit_facts(object, field); });
    json["seen"] = seen_json(facts.seen);
    ordered_json measures = written(facts.measures, [](auto &object, auto &&field) { visit_measures(object, field); });
    if (!measures.empty()) {
        json["measures"] = std::move(measures);
    }
    if (facts.leg) {
        json["leg"] = written(*facts.leg, [](auto &object, auto &&field) { visit_leg(object, field); });
    }
    return json.dump();
}

Facts facts_of_json(std::string_view text) {
    try {
        const Document document = Document::parse(text);
        auto facts = read<Facts>(document, [](auto &object, auto &&field) { visit_facts(object, field); });
        facts.seen = seen_of(document.at("seen"));
        facts.measures =
            read<Measures>(document.value("measures", Document::object()), [](auto &object, auto &&field) { visit_measures(object, field); });
        if (document.contains("leg")) {
            facts.leg = read<Leg>(document.at("leg"), [](auto &object, auto &&field) { visit_leg(object, field); });
        }
        return facts;
    } catch (const Document::exception &) {
        throw geo::Error(geo::ErrorKind::corrupt, "the stored facts of a check-in are not what this program writes");
    }
}

} // namespace keyaki::server::rally
