#include "tests/sim/condition.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace keyaki::sim {

Condition attack(const std::string &name, const std::string &title, const std::string &bound, std::size_t people,
                 std::function<Task<Done>(World &, Person &)> act, std::function<void(World &)> prepare) {
    Condition condition;
    condition.name = name;
    condition.title = title;
    condition.section = Section::attacks;
    condition.bound = bound;
    condition.people = people;
    condition.act = std::move(act);
    condition.prepare = std::move(prepare);
    return condition;
}

const Place &spot_of(const World &world, const Person &person) { return world.city.spots()[person.number % world.city.spots().size()]; }

const Route &route_of(const World &world, const Person &person) { return world.city.routes()[person.number % world.city.routes().size()]; }

Task<Done> afternoon(World &world, Person &person, double most_mps) {
    const Place *last = nullptr;
    for (const Place &spot : route_of(world, person).spots) {
        if (last != nullptr) {
            co_await world.agenda.pass_s(1.2 * distance_m(last->place, spot.place) / person.random.between(0.9, most_mps));
        }
        last = &spot;
        const Visit visit{spot.spot, beside(person.random, spot.place)};
        count(world, co_await check_in(world, person, visit));
    }
    co_return Done{};
}

PhoneModel some_phone(Random &random, double accuracy_m) {
    constexpr geo::Platform platforms[] = {geo::Platform::android, geo::Platform::ios, geo::Platform::web};
    PhoneModel model;
    model.platform = platforms[random.below(3)];
    model.accuracy_m = accuracy_m;
    model.accuracy_wobbles = true;
    return model;
}

geo::PlanePoint beside(Random &random, geo::PlanePoint spot) {
    const double east_m = 5 * random.normal();
    return {spot.east_m + east_m, spot.north_m + 5 * random.normal()};
}

geo::PlanePoint away(Random &random, geo::PlanePoint from, double metres) {
    const double angle = 2 * std::numbers::pi * random.share();
    return {from.east_m + metres * std::cos(angle), from.north_m + metres * std::sin(angle)};
}

const std::vector<Condition> &conditions() {
    static const std::vector<Condition> all = [] {
        std::vector<Condition> list;
        for (const auto make :
             {visit_conditions, course_conditions, spoof_conditions, replay_conditions, token_conditions, guess_conditions, network_conditions}) {
            std::vector<Condition> some = make();
            list.insert(list.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
        }
        return list;
    }();
    return all;
}

const Condition &condition_of(const std::string &name) {
    for (const Condition &condition : conditions()) {
        if (condition.name == name) {
            return condition;
        }
    }
    throw std::invalid_argument("there is no condition " + name);
}

Result run(const Condition &condition, std::uint64_t seed, std::size_t people, std::optional<std::size_t> told_person) {
    World world(seed, condition.name, condition.weather);
    world.told_person = told_person;
    if (condition.prepare) {
        condition.prepare(world);
    }
    std::vector<std::unique_ptr<Person>> crowd;
    const std::int64_t begins_us = world.agenda.now_us();
    for (std::size_t number = 0; number < people; ++number) {
        Random random(seed, condition.name + "/phone", number);
        const PhoneModel model = condition.phone ? condition.phone(random) : some_phone(random, 10);
        crowd.push_back(std::make_unique<Person>(seed, condition.name, number, model));
        world.agenda.add(condition.act(world, *crowd.back()),
                         begins_us + static_cast<std::int64_t>(condition.every_s * 1e6 * (static_cast<double>(number) + random.share())));
    }
    world.agenda.run();
    Result result;
    result.condition = &condition;
    result.people = people;
    result.wrong = world.audit();
    result.tally = world.tally;
    result.figures = world.figures;
    result.requests = world.requests();
    result.repeats = world.repeats();
    result.deaths = world.city.deaths();
    result.sampled = world.sampled();
    result.posted_points = world.posted_points();
    result.pending_points = world.pending_points();
    result.told = world.told;
    return result;
}

} // namespace keyaki::sim
