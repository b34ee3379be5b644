#include "tests/sim/condition.hpp"

#include <cmath>

// Positions that an app makes up, and phones that are not one person's.
namespace keyaki::sim {

namespace {

using server::rally::SentFix;

SentFix made_up(geo::PlanePoint place, double accuracy_m, std::int64_t now_us) {
    SentFix sent;
    sent.fix = {plane().to_lon_lat(place), accuracy_m, now_us / 1000, false};
    sent.altitude_m = 60;
    return sent;
}

using Style = std::function<SentFix(Person &, geo::PlanePoint, std::int64_t)>;

/// From home, as if walking from spot to spot of a course.
Task<Done> tour(World &world, Person &person, Style style, double speed_mps, bool counts_first) {
    const Route &route = route_of(world, person);
    const Place *last = nullptr;
    for (const Place &spot : route.spots) {
        if (last != nullptr) {
            co_await world.agenda.pass_s(1.2 * distance_m(last->place, spot.place) / speed_mps);
        }
        const bool is_first = last == nullptr;
        last = &spot;
        Visit visit{spot.spot, spot.place};
        visit.source = [&](std::int64_t now_us) { return style(person, spot.place, now_us); };
        const VisitOutcome outcome = co_await check_in(world, person, visit);
        if (counts_first || !is_first) {
            count(world, outcome);
        }
    }
    co_return Done{};
}

Condition spoofing(const std::string &name, const std::string &title, const std::string &bound, std::optional<bool> integrity, double speed_mps,
                   const Style &style) {
    Condition condition = attack(name, title, bound, 100, [integrity, speed_mps, style](World &world, Person &person) {
        person.integrity = integrity;
        return tour(world, person, style, speed_mps, speed_mps < 4); // the first stamp of a teleport is none
    });
    condition.phone = [](Random &random) { return some_phone(random, 12); };
    return condition;
}

SentFix with_flag(Person &person, geo::PlanePoint place, std::int64_t now_us) {
    SentFix sent = person.phone.measure(place, now_us);
    sent.fix.mocked = true;
    return sent;
}
SentFix flat(Person &, geo::PlanePoint place, std::int64_t now_us) { return made_up(place, 5, now_us); }
/// Chosen 20 m off the centre, so vague that two fixes do not suffice.
SentFix flat_and_vague(Person &, geo::PlanePoint place, std::int64_t now_us) { return made_up({place.east_m + 20, place.north_m}, 30, now_us); }
SentFix jittered(Person &person, geo::PlanePoint place, std::int64_t now_us) {
    const double east_m = 0.2 * person.random.normal();
    return made_up({place.east_m + east_m, place.north_m + 0.2 * person.random.normal()}, 5, now_us);
}
SentFix joystick(Person &person, geo::PlanePoint place, std::int64_t now_us) {
    const double east_m = 3 * person.random.normal();
    return made_up({place.east_m + east_m, place.north_m + 3 * person.random.normal()}, person.random.between(6, 9), now_us);
}
SentFix perfect(Person &person, geo::PlanePoint place, std::int64_t now_us) { return person.phone.measure(place, now_us); }

std::vector<Condition> styles() {
    const std::string ladder = "**residual**: small rewards, caps, codes at the spot";
    return {
        spoofing("mock-flag", "joystick app, the phone says so", "MOCK_FLAG: held for review", true, 1.3, with_flag),
        spoofing("flat-centre", "flag hidden, the same fix again and again at the centre, two suffice", "CENTER_HIT from the second on: " + ladder,
                 std::nullopt, 1.3, flat),
        spoofing("flat-vague", "flag hidden, the same fix again and again, vague", "SENSOR_FLAT: looked at; " + ladder, std::nullopt, 1.3,
                 flat_and_vague),
        spoofing("jitter-centre", "flag hidden, the centre with 20 cm of jitter", "CENTER_HIT from the second on: " + ladder, std::nullopt, 1.3,
                 jittered),
        spoofing("joystick", "flag hidden, white noise of 3 m", ladder, std::nullopt, 1.3, joystick),
        spoofing("rooted", "perfect noise, the attestation fails", "DEVICE_INTEGRITY_FAIL: looked at; " + ladder, false, 1.3, perfect),
        spoofing("perfect", "perfect noise on an attested phone", ladder, true, 1.3, perfect),
        spoofing("teleport", "perfect noise, from spot to spot at 250 m/s (from the second on)", "TOO_FAST_FOR_MODE: refused", true, 250, perfect),
        spoofing("drive-by", "perfect noise, from spot to spot at 40 km/h (from the second on)", "TOO_FAST_FOR_MODE: refused", true, 11, perfect),
    };
}

/// The account at two ends of the city within a minute: a friend helps.
Task<Done> two_phones(World &world, Person &person) {
    const auto &spots = world.city.spots();
    const Visit here{spots.front().spot, beside(person.random, spots.front().place)};
    const VisitOutcome first = co_await check_in(world, person, here);
    world.figures["posted at the first spot"] += first.fate == Fate::posted ? 1 : 0;
    person.device = "other-" + person.device;
    Phone other(person.phone.model(), person.random);
    Visit there{spots[3].spot, spots[3].place};
    const geo::PlanePoint place = beside(person.random, spots[3].place);
    there.source = [&](std::int64_t now_us) { return other.measure(place, now_us); };
    count(world, co_await check_in(world, person, there));
    co_return Done{};
}

Task<Done> accounts_on_one_phone(World &world, Person &person, std::size_t accounts, double apart_s) {
    const Place &spot = spot_of(world, person);
    const std::string name = person.member;
    for (std::size_t i = 0; i < accounts; ++i) {
        person.member = name + "-" + std::to_string(i);
        const Visit visit{spot.spot, beside(person.random, spot.place)};
        count(world, co_await check_in(world, person, visit));
        co_await world.agenda.pass_s(apart_s);
    }
    co_return Done{};
}

Task<Done> one_account_on_many_phones(World &world, Person &person) {
    const Route &route = world.city.route("yanase-river");
    const std::string name = person.device;
    for (std::size_t i = 0; i < 10; ++i) {
        person.device = name + "-" + std::to_string(i);
        const Place &spot = route.spots[i % route.spots.size()];
        const Visit visit{spot.spot, beside(person.random, spot.place)};
        count(world, co_await check_in(world, person, visit));
        co_await world.agenda.pass_s(3600);
    }
    co_return Done{};
}

/// Somebody who stands away from the spot and claims whatever accuracy serves best; the position itself is exact.
Task<Done> inflate(World &world, Person &person, double away_m) {
    const Place &spot = spot_of(world, person);
    const geo::PlanePoint place = away(person.random, spot.place, away_m);
    const double claims_m = std::pow(10, person.random.between(0.7, 2.0));
    Visit visit{spot.spot, place};
    visit.source = [&](std::int64_t now_us) {
        const double east_m = 0.5 * person.random.normal();
        return made_up({place.east_m + east_m, place.north_m + 0.5 * person.random.normal()}, claims_m * person.random.between(0.97, 1), now_us);
    };
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

Condition of_phones(const std::string &name, const std::string &title, const std::string &bound, std::size_t people,
                    std::function<Task<Done>(World &, Person &)> act) {
    Condition condition = attack(name, title, bound, people, std::move(act));
    condition.phone = [](Random &random) { return some_phone(random, 12); };
    return condition;
}

} // namespace

std::vector<Condition> spoof_conditions() {
    std::vector<Condition> list = styles();
    list.push_back(
        of_phones("two-phones", "one account on two phones, 2.2 km apart within a minute", "TOO_FAST_FOR_MODE, TWO_PLACES", 200, two_phones));
    list.push_back(of_phones("accounts-fast", "eight accounts on one phone within two minutes", "DEVICE_MANY_USERS: looked at; limit per device", 40,
                             [](World &world, Person &person) { return accounts_on_one_phone(world, person, 8, 5); }));
    Condition limited = of_phones("accounts-limit", "the same, where the rally has a limit of five stamps a device and day", "DEVICE_LIMIT", 40,
                                  [](World &world, Person &person) { return accounts_on_one_phone(world, person, 8, 5); });
    limited.prepare = [](World &world) { world.city.put_rally({{"limits", {{"stamps_per_device_per_day", 5}}}}, world.agenda.now_us()); };
    list.push_back(limited);
    list.push_back(of_phones("accounts-slow", "twelve accounts on one phone, one an hour", "DEVICE_MANY_USERS: looked at; limit per device", 40,
                             [](World &world, Person &person) { return accounts_on_one_phone(world, person, 12, 3600); }));
    list.push_back(
        of_phones("many-phones", "one account on ten phones", "one stamp for a spot and account; USER_MANY_DEVICES", 40, one_account_on_many_phones));
    for (const double away_m : {60.0, 100.0, 1000.0}) {
        const std::string metres = std::to_string(static_cast<int>(away_m));
        list.push_back(of_phones("inflated-" + metres, "exact position " + metres + " m away, any accuracy claimed from 5 to 100 m",
                                 "no accuracy lets in past 1.29 R", 300,
                                 [away_m](World &world, Person &person) { return inflate(world, person, away_m); }));
    }
    return list;
}

} // namespace keyaki::sim
