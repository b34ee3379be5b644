#include "tests/sim/condition.hpp"

#include "server/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

// Guessing: answers, codes, hidden places; and steps that nobody walked.
namespace keyaki::sim {

namespace {

using nlohmann::json;
using server::rally::SentFix;

constexpr std::int64_t day_us = 86'400'000'000;

void quiz_rally(World &world) {
    json questions = json::array();
    for (int i = 0; i < 20; ++i) {
        json choices = json::array();
        for (const char *key : {"a", "b", "c", "d"}) {
            choices.push_back({{"key", key}, {"text", {{"ja", key}}}});
        }
        questions.push_back({{"id", fmt::format("q{}", i)},
                             {"text", {{"ja", "問"}}},
                             {"choices", choices},
                             {"answers", json::array({std::string(1, static_cast<char>('a' + i % 4))})}});
    }
    world.city.put_rally({{"kind", "preparedness"}, {"spots", {{"evidence", {"quiz"}}}}, {"quiz", {{"wait_s", 60}, {"questions", questions}}}},
                         world.agenda.now_us());
}

void code_rally(World &world) { world.city.put_rally({{"spots", {{"evidence", {"code"}}}}}, world.agenda.now_us()); }

void hidden_rally(World &world) {
    world.city.put_rally({{"id", "hidden"}, {"kind", "tour"}, {"spots", {{"layer", "treasures"}, {"hidden", true}}}}, world.agenda.now_us());
}

/// Tries at one spot until the day ends or it is let in, waiting as long as the answers say.
Task<Done> guess_all_day(World &world, Person &person, std::function<json()> guess, const std::string what) {
    const Place &spot = world.city.spots()[person.number % world.city.spots().size()];
    const std::int64_t began_us = world.agenda.now_us();
    const std::int64_t ends_us = server::jst_day_start_us(began_us) + day_us;
    while (world.agenda.now_us() < ends_us - 60'000'000) {
        Visit visit{spot.spot, spot.place};
        visit.evidence = guess();
        const VisitOutcome outcome = co_await check_in(world, person, visit);
        if (outcome.reason != "WAIT_AFTER_WRONG") {
            world.figures[what + " tried"] += 1;
        }
        if (outcome.fate == Fate::posted || outcome.fate == Fate::held) {
            world.figures["minutes to the right one"] += static_cast<double>(world.agenda.now_us() - began_us) / 60e6;
            count(world, outcome);
            co_return Done{};
        }
        const json &next = outcome.answer.is_object() ? outcome.answer.at("next") : outcome.answer;
        co_await world.agenda.pass_s(next.is_object() ? next.value("wait_s", 60.0) + 1 : 61);
    }
    world.tally.count(Fate::refused, "none right all day");
    co_return Done{};
}

Task<Done> guess_quiz(World &world, Person &person) {
    return guess_all_day(
        world, person,
        [&person] {
            return json{{"quiz", std::string(1, static_cast<char>('a' + person.random.below(4)))}};
        },
        "answers");
}
Task<Done> guess_code(World &world, Person &person) {
    return guess_all_day(
        world, person,
        [&person] {
            return json{{"code", fmt::format("{:06}", person.random.below(1'000'000))}};
        },
        "codes");
}

/// What an answer says of a hidden spot beyond yes: everything in it that could differ.
std::string seen_of(const json &answer) {
    return fmt::format("{} {} {} {}", answer.at("verdict").dump(), answer.at("reasons").dump(), answer.at("next").dump(),
                       answer.value("distance", ""));
}

/// Probes a square kilometre for a hidden spot, ten tries a day for three weeks: made-up bundles on a grid of 60 m. The guess is where an answer was
/// another than 3 km away, or nothing.
Task<Done> find_hidden(World &world, Person &person) {
    const Place &spot = world.city.spots()[person.number % world.city.spots().size()];
    const double off_east_m = person.random.between(-400, 400);
    const geo::PlanePoint corner{spot.place.east_m + off_east_m - 500, spot.place.north_m + person.random.between(-400, 400) - 500};
    std::string far;
    std::vector<geo::PlanePoint> others;
    bool is_found = false;
    for (int probe = 0; probe < 210 && !is_found; ++probe) {
        // Across the grid in the order of a golden ratio's multiples, so that the first days see all of it coarsely.
        const double turn = std::fmod(0.6180339887 * probe, 1);
        const geo::PlanePoint there = probe == 0
                                          ? geo::PlanePoint{spot.place.east_m + 3000, spot.place.north_m}
                                          : geo::PlanePoint{corner.east_m + std::fmod(0.7548776662 * probe, 1) * 1000, corner.north_m + turn * 1000};
        const double claims_m = person.random.between(60, 100);
        std::vector<SentFix> fixes;
        for (int i = 0; i < 2; ++i) {
            SentFix sent;
            const double east_m = person.random.normal();
            sent.fix = {plane().to_lon_lat({there.east_m + east_m, there.north_m + person.random.normal()}), claims_m,
                        world.agenda.now_us() / 1000 - 4000 * (1 - i), false};
            fixes.push_back(sent);
        }
        json body = body_of(person, "treasures/" + spot.spot.substr(6), fixes);
        body["rally"] = "hidden";
        const Reply reply = co_await world.post(person, body.dump());
        const json answer = json::parse(reply.body);
        if (reply.status != 201) {
            break;
        }
        is_found = answer.at("verdict") == "accepted" || answer.at("verdict") == "held";
        const std::string seen = seen_of(answer);
        if (probe == 0) {
            far = seen;
        } else if (seen != far && seen.find("TOO_MANY_TRIES") == std::string::npos) {
            others.push_back(there);
        }
        world.figures["probes"] += 1;
        co_await world.agenda.pass_s(86'400.0 / 10);
    }
    bool is_near = false;
    if (!others.empty()) {
        geo::PlanePoint middle;
        for (const geo::PlanePoint place : others) {
            middle.east_m += place.east_m / static_cast<double>(others.size());
            middle.north_m += place.north_m / static_cast<double>(others.size());
        }
        is_near = distance_m(middle, spot.place) < 100;
    }
    world.figures["told by the answers to 100 m"] += is_near ? 1 : 0;
    world.tally.count(is_found ? Fate::posted : Fate::refused, is_near ? "place told to 100 m" : "nothing told");
    co_return Done{};
}

void steps_rally(World &world) {
    world.city.put_rally({{"id", "steps"}, {"kind", "steps"}, {"spots", {{"points", 0}}}, {"steps", {{"points_per_1000", 5}}}},
                         world.agenda.now_us());
}

/// A day's report of somebody; the tally counts whether points came of it, the figures how many.
Task<Done> report(World &world, Person &person, std::int64_t steps, const char *recording, std::optional<double> distance_m) {
    json body{
        {"member", person.member}, {"day", server::jst_day(world.agenda.now_us())}, {"source", "health"}, {"steps", steps}, {"recording", recording}};
    if (distance_m) {
        body["distance_m"] = *distance_m;
    }
    const Reply reply = world.city.report_steps("steps", body.dump(), world.agenda.now_us());
    const json answer = json::parse(reply.body);
    world.tell(person, fmt::format("reports {} and is answered {}", body.dump(), reply.body));
    const auto points = reply.status == 200 ? answer.at("points_of_day").get<std::int64_t>() : 0;
    world.figures["points a day"] += static_cast<double>(points);
    world.tally.count(points > 0 ? Fate::posted : Fate::refused, reply.status != 200            ? answer.at("detail").get<std::string>()
                                                                 : answer.at("reasons").empty() ? ""
                                                                                                : answer.at("reasons").front().get<std::string>());
    co_return Done{};
}

std::function<Task<Done>(World &, Person &)> shaking(std::int64_t steps, const char *recording, std::optional<double> distance_m) {
    return [=](World &world, Person &person) { return report(world, person, steps, recording, distance_m); };
}

} // namespace

std::vector<Condition> guess_conditions() {
    std::vector<Condition> list{
        attack("quiz-guess", "guesses one of four answers all day, at the spot", "waits that double; **residual**: a quiz is learning", 60,
               guess_quiz, quiz_rally),
        attack("code-guess", "guesses six digits all day, at the spot", "waits that double", 60, guess_code, code_rally),
        attack("hidden-probe", "probes a square kilometre for a hidden spot, ten tries a day, three weeks",
               "no answer but yes or no; ten tries a day; **residual**: chance hits", 40, find_hidden, hidden_rally),
    };
    list.push_back(attack("shaker", "phone shaker, 4,000 steps an hour for four hours, no position shared",
                          "cap of 10,000 paid steps a day: **residual**", 50, shaking(16'000, "sensor", std::nullopt), steps_rally));
    list.push_back(attack("shaker-still", "the same, and the position shared: it did not move", "STEPS_WITHOUT_DISTANCE", 50,
                          shaking(16'000, "sensor", 40.0), steps_rally));
    list.push_back(attack("steps-typed", "steps typed in by hand", "STEPS_MANUAL", 50, shaking(9'000, "manual", std::nullopt), steps_rally));
    return list;
}

} // namespace keyaki::sim
