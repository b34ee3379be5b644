#include "tests/sim/world.hpp"

#include "server/rally/rally.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <cmath>

namespace keyaki::sim {

namespace {

using nlohmann::json;

constexpr double ask_again_s = 8;
constexpr int most_attempts = 12;
constexpr std::size_t most_fixes = 5; ///< that one request takes

/// With milliseconds, as the phone page sends times.
std::string time_text(std::int64_t time_ms) {
    const std::string seconds = server::format_rfc3339(time_ms / 1000 * 1'000'000);
    return fmt::format("{}.{:03}Z", seconds.substr(0, 19), time_ms % 1000);
}

/// Without the ids that the server makes up and the texts for people: the same seed tells the same.
std::string told_body(const std::string &body) {
    json told = json::parse(body);
    for (const char *name : {"id", "run", "message", "revision", "rules", "member", "coupon"}) {
        told.erase(name);
    }
    return told.dump();
}

} // namespace

void Tally::count(Fate fate, const std::string &reason) {
    ++tries;
    posted += fate == Fate::posted ? 1 : 0;
    held += fate == Fate::held ? 1 : 0;
    token += fate == Fate::token ? 1 : 0;
    refused += fate == Fate::refused ? 1 : 0;
    if (fate != Fate::posted) {
        ++reasons[reason];
    }
}

World::World(std::uint64_t seed, std::string condition, const Weather &weather)
    : city(*server::parse_rfc3339_us("2026-11-20T09:00:00+09:00")), agenda(*server::parse_rfc3339_us("2026-11-23T09:00:00+09:00")),
      m_random(seed, condition + "/network", 0), m_weather(weather) {}

void World::tell(const Person &person, const std::string &sentence) {
    if (told_person == person.number) {
        told.push_back(server::format_rfc3339_jst(agenda.now_us()).substr(11, 8) + "  " + sentence);
    }
}

std::string World::new_key(Person &person) const { return fmt::format("{}-{}", person.member, ++person.requests); }

Task<Reply> World::post(Person &person, std::string body, std::string key) {
    if (key.empty()) {
        key = new_key(person);
    }
    if (told_person == person.number) {
        tell(person, fmt::format("sends {}: {}", key, told_body(body)));
    }
    for (int attempt = 1;; ++attempt) {
        const bool is_last = attempt == most_attempts;
        co_await agenda.pass_s(0.05 - m_weather.mean_delay_s * std::log(1 - m_random.share()));
        if (!is_last && m_random.happens(m_weather.lost)) {
            tell(person, "hears nothing, and asks again");
            co_await agenda.pass_s(ask_again_s);
            continue;
        }
        const bool dies = m_random.happens(m_weather.deaths);
        const bool dies_before = m_random.happens(0.5);
        if (dies && dies_before) {
            city.die(agenda.now_us());
        }
        Reply reply = deliver(person.member, key, body);
        if (m_random.happens(m_weather.repeated)) {
            agenda.add(come_again(person.member, key, body), agenda.now_us() + static_cast<std::int64_t>(m_random.between(0.01, 90) * 1e6));
        }
        const bool is_silent = dies && !dies_before;
        if (is_silent) {
            city.die(agenda.now_us());
        }
        if (!is_last && (is_silent || m_random.happens(m_weather.lost))) {
            tell(person, "was answered, hears nothing, and asks again");
            co_await agenda.pass_s(ask_again_s);
            continue;
        }
        co_await agenda.pass_s(0.05 - m_weather.mean_delay_s * std::log(1 - m_random.share()));
        if (told_person == person.number) {
            tell(person, fmt::format("is answered {}{}: {}", reply.status, reply.replayed ? " again" : "", told_body(reply.body)));
        }
        co_return reply;
    }
}

Task<Done> World::come_again(std::string member, std::string key, std::string body) {
    ++m_repeats;
    (void)deliver(member, key, body);
    co_return Done{};
}

Reply World::deliver(const std::string &member, const std::string &key, const std::string &body) {
    ++m_requests;
    Reply reply = city.check_in(key, body, agenda.now_us());
    if (reply.status == 201) {
        keep(member, key, reply);
    }
    return reply;
}

void World::keep(const std::string &member, const std::string &key, const Reply &reply) {
    const auto [known, is_new] = m_answers.try_emplace(key, reply.body);
    if (!is_new && known->second != reply.body) {
        m_wrong.push_back(fmt::format("the key {} was answered in two ways: {} and {}", key, known->second, reply.body));
    }
    if (is_new == reply.replayed) {
        m_wrong.push_back(fmt::format("the key {} came {} and was answered as if it were otherwise", key, is_new ? "for the first time" : "again"));
    }
    auto &awards = m_awards[member];
    const json answer = json::parse(reply.body);
    for (const json &award : answer.at("awards")) {
        awards[award.at("transfer")] = {award.at("points").get<std::int64_t>(), award.at("state") == "pending"};
    }
}

json fix_json(const server::rally::SentFix &sent) {
    json fix{{"lon", sent.fix.position.lon_deg}, {"lat", sent.fix.position.lat_deg}, {"taken_at", time_text(sent.fix.taken_at_ms)}};
    if (sent.fix.accuracy_m) {
        fix["accuracy_m"] = *sent.fix.accuracy_m;
    }
    if (sent.fix.mocked) {
        fix["mocked"] = true;
    }
    if (sent.altitude_m) {
        fix["altitude_m"] = *sent.altitude_m;
    }
    return fix;
}

std::string_view platform_name(geo::Platform platform) {
    switch (platform) {
    case geo::Platform::android: return "android";
    case geo::Platform::ios: return "ios";
    case geo::Platform::web: return "web";
    case geo::Platform::unknown: break;
    }
    return "unknown";
}

json body_of(const Person &person, const std::string &spot, const std::vector<server::rally::SentFix> &fixes) {
    json body{{"member", person.member}, {"rally", "r"},          {"spot", spot}, {"platform", platform_name(person.phone.model().platform)},
              {"device", person.device}, {"fixes", json::array()}};
    if (person.integrity) {
        body["integrity"] = *person.integrity ? "passed" : "failed";
    }
    for (std::size_t i = fixes.size() - std::min(fixes.size(), most_fixes); i < fixes.size(); ++i) {
        body["fixes"].push_back(fix_json(fixes[i]));
    }
    return body;
}

Task<VisitOutcome> check_in(World &world, Person &person, const Visit &visit) {
    VisitOutcome outcome;
    std::vector<server::rally::SentFix> fixes;
    json evidence = visit.evidence;
    std::size_t wanted = 2;
    for (int request = 1; request <= 8; ++request) {
        for (std::size_t i = 0; i < wanted; ++i) {
            if (!fixes.empty()) {
                co_await world.agenda.pass_s(person.random.between(3.8, 4.3));
            }
            const std::int64_t now_us = world.agenda.now_us();
            fixes.push_back(visit.source ? visit.source(now_us) : person.phone.measure(visit.place, now_us));
        }
        json body = body_of(person, visit.spot, fixes);
        body["rally"] = visit.rally;
        if (!evidence.empty()) {
            body["evidence"] = evidence;
        }
        if (!visit.course.empty()) {
            body["course"] = visit.course;
        }
        if (!visit.run.empty()) {
            body["run"] = visit.run;
        }
        const Reply reply = co_await world.post(person, body.dump());
        if (reply.status != 201) {
            outcome.reason = fmt::format("HTTP {}", reply.status);
            co_return outcome;
        }
        outcome.answer = json::parse(reply.body);
        const std::string verdict = outcome.answer.at("verdict");
        outcome.reason = outcome.answer.at("reasons").empty() ? "" : outcome.answer.at("reasons").front().get<std::string>();
        outcome.fate = verdict == "accepted"         ? Fate::posted
                       : verdict == "held"           ? Fate::held
                       : verdict == "token_required" ? Fate::token
                                                     : Fate::refused;
        if (verdict == "more_fixes") {
            outcome.asked_more = true;
            wanted = outcome.answer.at("next").at("fixes").get<std::size_t>();
        } else if (verdict == "token_required" && outcome.reason == "UNCERTAIN") {
            outcome.asked_token = true;
            if (!visit.has_code || evidence.contains("code")) {
                break;
            }
            co_await world.agenda.pass_s(person.random.between(6, 15)); // to read the display and type
            evidence["code"] = world.city.code_at(visit.rally, visit.spot, world.agenda.now_us());
            wanted = 1;
        } else {
            break;
        }
    }
    co_return outcome;
}

void count(World &world, const VisitOutcome &outcome) {
    world.tally.count(outcome.fate, outcome.reason);
    world.tally.asked_more += outcome.asked_more ? 1 : 0;
    world.tally.asked_token += outcome.asked_token ? 1 : 0;
}

} // namespace keyaki::sim
