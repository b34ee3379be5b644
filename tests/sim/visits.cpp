#include "tests/sim/condition.hpp"

// Honest people at spots.
namespace keyaki::sim {

namespace {

using nlohmann::json;

Task<Done> tap_at_the_spot(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    const Visit visit{spot.spot, beside(person.random, spot.place)};
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

Task<Done> tap_at_30_m(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    const Visit visit{spot.spot, away(person.random, spot.place, 30)};
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

Task<Done> tap_with_display(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    Visit visit{spot.spot, beside(person.random, spot.place)};
    visit.has_code = true;
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

/// Refused is not lost: a minute later the drift of the receiver is another.
Task<Done> tap_again_when_refused(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    const Visit visit{spot.spot, beside(person.random, spot.place)};
    VisitOutcome outcome = co_await check_in(world, person, visit);
    for (int attempt = 1; attempt < 3 && outcome.fate != Fate::posted && outcome.fate != Fate::held; ++attempt) {
        co_await world.agenda.pass_s(person.random.between(60, 120));
        outcome = co_await check_in(world, person, visit);
    }
    count(world, outcome);
    co_return Done{};
}

Task<Done> press_too_early(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    const Visit early{spot.spot, away(person.random, spot.place, 150)};
    const VisitOutcome first = co_await check_in(world, person, early);
    world.figures["refused at 150 m"] += first.fate == Fate::refused ? 1 : 0;
    co_await world.agenda.pass_s(120);
    const Visit there{spot.spot, beside(person.random, spot.place)};
    count(world, co_await check_in(world, person, there));
    co_return Done{};
}

/// Four members, one phone, one after another.
Task<Done> family(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    const std::string name = person.member;
    for (const char *who : {"a", "b", "c", "d"}) {
        person.member = name + who;
        const Visit visit{spot.spot, beside(person.random, spot.place)};
        count(world, co_await check_in(world, person, visit));
        co_await world.agenda.pass_s(person.random.between(5, 12));
    }
    co_return Done{};
}

Condition at_spot(const std::string &name, const std::string &title, double accuracy_m, std::size_t people,
                  std::function<Task<Done>(World &, Person &)> act = tap_at_the_spot) {
    Condition condition;
    condition.name = name;
    condition.title = title;
    condition.people = people;
    condition.phone = [accuracy_m](Random &random) { return some_phone(random, accuracy_m); };
    condition.act = std::move(act);
    return condition;
}

/// The spots as if all of them were inside of buildings.
void indoors(World &world) {
    std::vector<geo::Feature> halls;
    for (const Place &spot : world.city.spots()) {
        geo::Feature hall{spot.spot.substr(6), geo::Geometry::point(plane().to_lon_lat(spot.place)), {}};
        hall.properties.set("indoor", true);
        halls.push_back(std::move(hall));
    }
    world.city.add_layer("halls", data::Visibility::everyone, halls, world.agenda.now_us());
    world.city.put_rally({{"id", "halls"}, {"spots", {{"layer", "halls"}}}}, world.agenda.now_us());
    world.city.die(world.agenda.now_us()); // a start reads the new layer
}

Task<Done> tap_indoors(World &world, Person &person) {
    const Place &spot = spot_of(world, person);
    Visit visit{"halls/" + spot.spot.substr(6), beside(person.random, spot.place)};
    visit.rally = "halls";
    visit.has_code = true;
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

std::vector<Condition> places() {
    std::vector<Condition> list{at_spot("open-sky", "open sky, claims 10 m", 10, 1500), at_spot("park", "trees, claims 20 m", 20, 1500),
                                at_spot("street", "between houses, claims 30 m", 30, 3000), at_spot("canyon", "narrow street, claims 50 m", 50, 1000),
                                at_spot("deep", "claims 100 m", 100, 500)};
    list.push_back(at_spot("edge", "30 m from the spot, claims 20 m", 20, 1000, tap_at_30_m));
    list.push_back(at_spot("street-again", "between houses, claims 30 m, up to three tries a minute apart", 30, 1500, tap_again_when_refused));
    list.push_back(at_spot("canyon-display", "narrow street, claims 50 m, a display shows the code", 50, 1000, tap_with_display));
    Condition hall = at_spot("indoor", "inside a hall, claims 65 m, errs 1.3 times as much, slowly; a display shows the code", 65, 1000, tap_indoors);
    hall.phone = [](Random &random) {
        PhoneModel model = some_phone(random, 65);
        model.error_factor = 1.3;
        model.slow_s = 300;
        return model;
    };
    hall.prepare = indoors;
    list.push_back(hall);
    return list;
}

std::vector<Condition> phones() {
    std::vector<Condition> list;
    for (const double accuracy_m : {10.0, 20.0, 30.0}) {
        const std::string metres = std::to_string(static_cast<int>(accuracy_m));
        Condition bold = at_spot("bold-" + metres, "claims " + metres + " m, errs twice as much", accuracy_m, 1000);
        bold.phone = [accuracy_m](Random &random) {
            PhoneModel model = some_phone(random, accuracy_m);
            model.error_factor = 2;
            return model;
        };
        list.push_back(bold);
    }
    Condition cold = at_spot("cold-start", "receiver cold for 12 s, then 15 m", 15, 1000);
    cold.phone = [](Random &random) {
        PhoneModel model = some_phone(random, 15);
        model.cold_for_s = 12;
        return model;
    };
    list.push_back(cold);
    list.push_back(at_spot("approximate", "approximate position only, claims 3 km", 3000, 300));
    list.push_back(at_spot("unattested", "old phone without attestation, claims 20 m", 20, 1000, [](World &world, Person &person) {
        person.integrity.reset();
        return tap_at_the_spot(world, person);
    }));
    return list;
}

} // namespace

std::vector<Condition> visit_conditions() {
    std::vector<Condition> list = places();
    for (Condition &condition : phones()) {
        list.push_back(std::move(condition));
    }
    list.push_back(at_spot("too-early", "presses 150 m before the spot, and again there, claims 20 m", 20, 600, press_too_early));
    list.push_back(at_spot("family", "a family of four with one phone, claims 20 m", 20, 250, family));
    list.push_back(at_spot("afternoon", "four or five spots in an afternoon, claims 20 m", 20, 300,
                           [](World &world, Person &person) { return afternoon(world, person, 1.8); }));
    return list;
}

} // namespace keyaki::sim
