#include "tests/sim/condition.hpp"
#include "tests/sim/walk.hpp"

#include <algorithm>
#include <cmath>

// Walkers of the sample city's courses, and those who only seem to walk them.
namespace keyaki::sim {

namespace {

using nlohmann::json;

void put_courses(World &world, const char *mode) {
    json courses = json::array();
    for (const Route &route : world.city.routes()) {
        json spots = json::array();
        for (const Place &place : route.spots) {
            spots.push_back(place.spot);
        }
        courses.push_back({{"id", route.id}, {"line", "walking_courses/" + route.id}, {"spots", spots}, {"mode", mode}, {"points", 100}});
    }
    world.city.put_rally({{"courses", courses}}, world.agenda.now_us());
}
void with_tracks(World &world) { put_courses(world, "track"); }
void with_spots_only(World &world) { put_courses(world, "spots"); }

Walk along(const Route &route, Way way) {
    Walk walk;
    walk.way = std::move(way);
    walk.stops = stops_of(walk.way, route.spots);
    walk.course = route.id;
    return walk;
}

Task<Done> go(World &world, Person &person, Walk walk) {
    const WalkOutcome outcome = co_await walk_course(world, person, walk);
    const bool finished = outcome.finished;
    const Fate fate = finished                                                         ? Fate::posted
                      : outcome.visit.fate == Fate::held                               ? Fate::held
                      : outcome.visit.fate == Fate::token && outcome.visit.asked_token ? Fate::token
                                                                                       : Fate::refused;
    world.tally.count(fate, outcome.visit.reason.empty() ? "NOT_FINISHED" : outcome.visit.reason);
    co_return Done{};
}

/// How an honest person differs from the next.
struct Style {
    double least_mps = 1.1;
    double most_mps = 1.4;
    double cadence_s = 5;
    double pauses_per_minute = 0.1;
    double silence_s = 120;
    double detours = 0.3; ///< share of people
    bool goes_back = false;
};

Condition honest(const std::string &name, const std::string &title, double accuracy_m, std::size_t people, const Style &style) {
    Condition condition;
    condition.name = name;
    condition.title = title;
    condition.section = Section::courses;
    condition.people = people;
    condition.every_s = 23;
    condition.phone = [accuracy_m](Random &random) { return some_phone(random, accuracy_m); };
    condition.prepare = with_tracks;
    condition.act = [style](World &world, Person &person) {
        const Route &route = route_of(world, person);
        Walk walk = along(route, person.random.happens(style.detours) ? with_detour(route.line, person.random) : route.line);
        walk.speed_mps = person.random.between(style.least_mps, style.most_mps);
        walk.cadence_s = style.cadence_s;
        walk.pauses_per_minute = style.pauses_per_minute;
        walk.silence_s = style.silence_s;
        walk.goes_back = style.goes_back;
        return go(world, person, std::move(walk));
    };
    return condition;
}

std::vector<Condition> honest_walkers() {
    std::vector<Condition> list;
    for (const double accuracy_m : {12.0, 30.0}) {
        for (const double cadence_s : {5.0, 10.0, 30.0}) {
            Style style;
            style.cadence_s = cadence_s;
            const std::string metres = std::to_string(static_cast<int>(accuracy_m));
            const std::string seconds = std::to_string(static_cast<int>(cadence_s));
            list.push_back(honest("walk-" + metres + "-" + seconds,
                                  "track mode, claims " + metres + " m, a fix every " + seconds + " s; silence of 2 min, pauses, 30 % with a detour",
                                  accuracy_m, 450, style));
        }
    }
    Style child;
    child.least_mps = 0.6;
    child.most_mps = 0.9;
    child.pauses_per_minute = 0.3;
    child.cadence_s = 10;
    list.push_back(honest("walk-child", "with children: 0.6 to 0.9 m/s, a pause every three minutes, claims 20 m", 20, 240, child));
    Style fast;
    fast.least_mps = 1.7;
    fast.most_mps = 2.2;
    fast.pauses_per_minute = 0;
    list.push_back(honest("walk-fast", "fast walkers: 1.7 to 2.2 m/s, claims 12 m", 12, 240, fast));
    Style forgetful;
    forgetful.goes_back = true;
    list.push_back(honest("walk-back", "passes a spot, notices it 150 m on, goes back, claims 12 m", 12, 240, forgetful));
    return list;
}

/// A way that is not the course, with what else is wrong about it.
struct Cheat {
    std::string name;
    std::string title;
    std::string bound;
    std::function<Walk(World &, Person &)> walk;
    bool tracks = true;
    double accuracy_m = 12;
    std::size_t people = 240;
};

Condition cheating(const Cheat &cheat) {
    Condition condition;
    condition.name = cheat.name;
    condition.title = cheat.title;
    condition.section = Section::course_cheats;
    condition.bound = cheat.bound;
    condition.people = cheat.people;
    condition.every_s = 23;
    condition.phone = [accuracy_m = cheat.accuracy_m](Random &random) { return some_phone(random, accuracy_m); };
    condition.prepare = cheat.tracks ? with_tracks : with_spots_only;
    condition.act = [walk = cheat.walk](World &world, Person &person) { return go(world, person, walk(world, person)); };
    return condition;
}

Way straight_way(const Route &route) {
    Way way;
    for (const Place &spot : route.spots) {
        way.push_back(spot.place);
    }
    return way;
}

/// Zelkova Street is straight from spot to spot: its straight way is the course.
const Route &winding_route(const World &world, const Person &person) {
    return world.city.route(person.number % 2 == 0 ? "yanase-river" : "kanayama-hananosato");
}

Walk cut(World &world, Person &person) {
    const Route &route = winding_route(world, person);
    return along(route, straight_way(route));
}

/// 70 % on foot, the rest by taxi, which stops for the last stamp.
Walk skip_the_end(World &world, Person &person) {
    const Route &route = route_of(world, person);
    Walk walk = along(route, route.line);
    walk.rides_from_m = 0.7 * length_m(route.line);
    std::erase_if(walk.stops, [&](const Stop &stop) { return stop.along_m > walk.rides_from_m && stop.spot.spot != route.spots.back().spot; });
    return walk;
}

Walk backwards(World &world, Person &person) {
    const Route &route = route_of(world, person);
    Walk walk;
    walk.way = reversed(route.line);
    walk.course = route.id;
    std::vector<Place> spots = route.spots;
    std::reverse(spots.begin(), spots.end());
    walk.stops = stops_of(walk.way, spots);
    return walk;
}

/// 80 m beside the course, stepping over to each spot.
Walk beside_the_course(World &world, Person &person) {
    const Route &route = route_of(world, person);
    const Way street = beside(route.line, person.random.happens(0.5) ? 80 : -80);
    const double stretch = length_m(street) / length_m(route.line);
    Way way;
    double from_m = 0;
    for (const Stop &stop : stops_of(route.line, route.spots)) {
        const Way leg = part_of(street, from_m * stretch, std::max(from_m, stop.along_m) * stretch);
        way.insert(way.end(), leg.begin(), leg.end());
        way.push_back(stop.spot.place);
        from_m = stop.along_m;
    }
    return along(route, way);
}

Walk vehicle(World &world, Person &person, double speed_mps, bool waits) {
    const Route &route = route_of(world, person);
    Walk walk = along(route, route.line);
    walk.speed_mps = speed_mps;
    walk.cadence_s = 5;
    walk.waits_for_legs = waits;
    return walk;
}

/// A track of somebody who walked this course honestly an hour before the race, sent for an own run by bicycle.
Walk with_a_friends_track(World &world, Person &person) {
    Walk walk = vehicle(world, person, 5.5, true);
    Walk honest_walk = along(route_of(world, person), route_of(world, person).line);
    Phone friends_phone(person.phone.model(), person.random);
    walk.way = straight_way(route_of(world, person));
    walk.stops = stops_of(walk.way, route_of(world, person).spots);
    walk.other_track = recorded(friends_phone, person.random, honest_walk, world.agenda.now_us() - std::int64_t{7'200} * 1'000'000);
    return walk;
}

std::vector<Condition> cheats() {
    const auto vehicle_of = [](double speed_mps, bool waits) {
        return [speed_mps, waits](World &world, Person &person) { return vehicle(world, person, speed_mps, waits); };
    };
    const std::string by_track = "ordered coverage";
    const std::string by_leg = "leg times along the path";
    std::vector<Condition> list;
    for (const double accuracy_m : {12.0, 30.0}) {
        const std::string metres = std::to_string(static_cast<int>(accuracy_m));
        const std::string claims = ", claims " + metres + " m";
        list.push_back(cheating({"cut-" + metres, "cuts straight from spot to spot" + claims, by_track, cut, true, accuracy_m}));
        list.push_back(cheating(
            {"skip-" + metres, "walks 70 %, then takes a taxi to the last spot" + claims, "the missing stamps", skip_the_end, true, accuracy_m}));
        list.push_back(
            cheating({"reverse-" + metres, "walks it backwards" + claims, "order of spots; ordered coverage", backwards, true, accuracy_m}));
        list.push_back(cheating(
            {"parallel-" + metres, "the street 80 m away, stepping over to each spot" + claims, by_track, beside_the_course, true, accuracy_m}));
    }
    list.push_back(cheating({"car", "drives along at 40 km/h, does not wait", by_leg, vehicle_of(11, false)}));
    list.push_back(cheating({"bus", "rides along at 23 km/h, does not wait", by_leg, vehicle_of(6.5, false)}));
    list.push_back(cheating({"bicycle", "cycles along at 15 km/h, does not wait", by_leg, vehicle_of(4.2, false)}));
    list.push_back(cheating(
        {"car-waits", "drives, and waits at each spot as long as the answers say", "the gate of 8 m/s: no track is joined", vehicle_of(11, true)}));
    list.push_back(cheating({"bicycle-waits", "cycles, and waits at each spot as long as the answers say", "costs a fast walker's time: **residual**",
                             vehicle_of(4.2, true)}));
    list.push_back(cheating({"friends-track", "cycles straight from spot to spot, and sends a track that somebody walked before",
                             "times of the track against the run", with_a_friends_track}));
    list.push_back(
        cheating({"cut-spots", "cuts straight from spot to spot on a course of mode spots", "mode track for prizes: **residual**", cut, false}));
    return list;
}

} // namespace

std::vector<Condition> course_conditions() {
    std::vector<Condition> list = honest_walkers();
    for (Condition &condition : cheats()) {
        list.push_back(std::move(condition));
    }
    return list;
}

} // namespace keyaki::sim
