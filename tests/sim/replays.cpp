#include "tests/sim/condition.hpp"

#include "server/time.hpp"

#include <fmt/format.h>

// What was sent once is sent again.
namespace keyaki::sim {

namespace {

using nlohmann::json;
using server::rally::SentFix;

constexpr double day_s = 86'400;

void daily(World &world) { world.city.put_rally({{"spots", {{"per", "daily"}}}}, world.agenda.now_us()); }

/// Two or more fixes of an honest visit, with which it was let in; empty where it was not.
Task<std::vector<SentFix>> honest_bundle(World &world, Person &person, const Place &spot) {
    std::vector<SentFix> fixes;
    Visit visit{spot.spot, beside(person.random, spot.place)};
    visit.source = [&](std::int64_t now_us) { return fixes.emplace_back(person.phone.measure(visit.place, now_us)); };
    const VisitOutcome outcome = co_await check_in(world, person, visit);
    if (outcome.fate != Fate::posted) {
        fixes.clear();
    }
    co_return fixes;
}

std::vector<SentFix> moved_to(std::vector<SentFix> fixes, std::int64_t now_us) {
    const std::int64_t later_ms = now_us / 1000 - fixes.back().fix.taken_at_ms;
    for (SentFix &sent : fixes) {
        sent.fix.taken_at_ms += later_ms;
    }
    return fixes;
}

/// Sends a recorded bundle as if it were of now.
Task<Done> replay(World &world, Person &person, const Place &spot, const std::vector<SentFix> fixes) {
    const Reply reply = co_await world.post(person, body_of(person, spot.spot, moved_to(fixes, world.agenda.now_us())).dump());
    const json answer = json::parse(reply.body);
    const std::string verdict = reply.status == 201 ? answer.at("verdict").get<std::string>() : "refused";
    const std::string reason = reply.status != 201 || answer.at("reasons").empty() ? "" : answer.at("reasons").front().get<std::string>();
    world.tally.count(verdict == "accepted" ? Fate::posted : verdict == "held" ? Fate::held : Fate::refused, reason);
    co_return Done{};
}

struct Copy {
    bool of_other = false; ///< sent by another account and phone
    double jitter_m = 0;
    double later_s = day_s;
};

Task<Done> copy_later(World &world, Person &person, Copy copy) {
    const Place &spot = spot_of(world, person);
    std::vector<SentFix> fixes = co_await honest_bundle(world, person, spot);
    if (fixes.empty()) {
        co_return Done{};
    }
    co_await world.agenda.pass_s(copy.later_s);
    if (copy.of_other) {
        person.member = "other-" + person.member;
        person.device = "other-" + person.device;
    }
    for (SentFix &sent : fixes) {
        geo::PlanePoint place = plane().to_plane(sent.fix.position);
        place.east_m += person.random.between(-copy.jitter_m, copy.jitter_m);
        place.north_m += person.random.between(-copy.jitter_m, copy.jitter_m);
        sent.fix.position = plane().to_lon_lat(place);
    }
    co_await replay(world, person, spot, fixes);
    co_return Done{};
}

Condition copying(const std::string &name, const std::string &title, const std::string &bound, const Copy &copy, bool by_browser = false) {
    Condition condition = attack(
        name, title, bound, 200, [copy](World &world, Person &person) { return copy_later(world, person, copy); }, daily);
    condition.phone = [by_browser](Random &random) {
        PhoneModel model = some_phone(random, 12);
        model.platform = by_browser ? geo::Platform::web : random.happens(0.5) ? geo::Platform::android : geo::Platform::ios;
        return model;
    };
    return condition;
}

/// The very request, up to twenty times, with its own key and with new ones.
Task<Done> http_replay(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    std::vector<SentFix> fixes{person.phone.measure(spot.place, world.agenda.now_us())};
    co_await world.agenda.pass_s(4);
    fixes.push_back(person.phone.measure(spot.place, world.agenda.now_us()));
    const std::string body = body_of(person, spot.spot, fixes).dump();
    const std::string key = world.new_key(person);
    (void)co_await world.post(person, body, key);
    const std::size_t times = 1 + person.random.below(20);
    for (std::size_t i = 0; i < times; ++i) {
        co_await world.agenda.pass_s(person.random.between(0.01, 30));
        const bool is_same_key = person.random.happens(0.5);
        const std::string this_key = is_same_key ? key : world.new_key(person);
        const Reply again = co_await world.post(person, body, this_key);
        const json answer = json::parse(again.body);
        const bool gives_anew = !again.replayed && !answer.at("awards").empty();
        const std::string reason = again.replayed                 ? "same answer"
                                   : answer.at("reasons").empty() ? ""
                                                                  : answer.at("reasons").front().get<std::string>();
        world.tally.count(gives_anew ? Fate::posted : Fate::refused, reason);
    }
    co_return Done{};
}

/// The key of a visit with another body.
Task<Done> key_reuse(World &world, Person &person) {
    const auto &spots = world.city.spots();
    const Place &spot = spot_of(world, person);
    const std::vector<SentFix> fixes{person.phone.measure(spot.place, world.agenda.now_us())};
    const std::string key = world.new_key(person);
    (void)co_await world.post(person, body_of(person, spot.spot, fixes).dump(), key);
    json other = body_of(person, spots[(person.number + 1) % spots.size()].spot, fixes);
    const Reply reply = co_await world.post(person, other.dump(), key);
    world.tally.count(reply.status == 422 ? Fate::refused : Fate::posted, fmt::format("HTTP {}", reply.status));
    co_return Done{};
}

/// The phone's clock is a day off, or set back after the rally's end.
Task<Done> clock_game(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    const double wrong_s = person.random.happens(0.5) ? day_s : -day_s;
    Visit visit{spot.spot, spot.place};
    visit.source = [&, wrong_s](std::int64_t now_us) {
        SentFix sent = person.phone.measure(spot.place, now_us);
        sent.fix.taken_at_ms += static_cast<std::int64_t>(wrong_s * 1000);
        return sent;
    };
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

void ended_an_hour_ago(World &world) {
    world.city.put_rally({{"ends", server::format_rfc3339_jst(world.agenda.now_us() - std::int64_t{3'600} * 1'000'000)}}, world.agenda.now_us());
}

} // namespace

std::vector<Condition> replay_conditions() {
    std::vector<Condition> list{
        copying("copy-own", "own recording, sent again the next day", "FIX_CLONED", {}),
        copying("copy-other", "own recording, sent by another account 10 min later", "FIX_CLONED", {true, 0, 600}),
        copying("copy-jitter", "recording with jitter under 1 m, another account", "FIX_CLONED by cells of 16 m", {true, 0.5, 600}),
        copying("copy-jitter-web", "the same, recorded in a browser (whole metres of accuracy)",
                "exact copies: FIX_CLONED; **residual**: whole metres tell no phone from another", {true, 0.5, 600}, true),
        copying("copy-jitter-5", "recording with jitter of 5 m, another account", "**residual**: as perfect noise", {true, 5, 600}),
    };
    list.push_back(attack("http-replay", "the request again, up to 20 times, with its key and with new ones",
                          "Idempotency-Key; one award for a spot, member and period", 100, http_replay));
    list.push_back(attack("key-reuse", "the key again with another body", "KEY_BODY_MISMATCH (422)", 100, key_reuse));
    list.push_back(attack("clock", "the phone's clock a day off", "STALE_FIX, FUTURE_FIX", 100, clock_game));
    list.push_back(
        attack("clock-end", "clock set back a day after the rally's end", "the server's clock decides", 100, clock_game, ended_an_hour_ago));
    return list;
}

} // namespace keyaki::sim
