#include "tests/sim/condition.hpp"

// The same people in a network and on a machine that do what they like.
namespace keyaki::sim {

namespace {

Condition in(const std::string &name, const std::string &title, std::size_t people, const Weather &weather) {
    Condition condition;
    condition.name = name;
    condition.title = title;
    condition.section = Section::networks;
    condition.people = people;
    condition.every_s = 5;
    condition.weather = weather;
    condition.phone = [](Random &random) { return some_phone(random, 15); };
    condition.act = [](World &world, Person &person) { return afternoon(world, person, 1.6); };
    return condition;
}

} // namespace

std::vector<Condition> network_conditions() {
    return {
        in("net-lossy", "a fifth of requests and of answers lost, a third repeated up to 90 s later, 2 s of delay", 300, {2, 0.2, 0.33, 0}),
        in("net-deaths", "the process killed with one request in fifty; a tenth lost, a fifth repeated", 150, {0.5, 0.1, 0.2, 0.02}),
    };
}

} // namespace keyaki::sim
