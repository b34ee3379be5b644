#pragma once

#include "tests/sim/world.hpp"

#include <functional>
#include <string>
#include <vector>

namespace keyaki::sim {

enum class Section : std::uint8_t { visits, courses, course_cheats, attacks, networks };

/// People of one kind, and what they do.
struct Condition {
    std::string name;  ///< for --only
    std::string title; ///< of its row
    Section section = Section::visits;
    std::string bound{};    ///< of an attack: what bounds it
    std::size_t people = 0; ///< of the whole run
    double every_s = 7;     ///< between two who begin
    Weather weather{};
    std::function<PhoneModel(Random &)> phone;
    std::function<void(World &)> prepare{};
    std::function<Task<Done>(World &, Person &)> act;
};

/// What came of a condition.
struct Result {
    const Condition *condition = nullptr;
    std::size_t people = 0;
    Tally tally;
    std::map<std::string, double> figures;
    std::size_t requests = 0;
    std::size_t repeats = 0;
    std::size_t deaths = 0;
    std::size_t sampled = 0; ///< posted, and to be looked at
    std::int64_t posted_points = 0;
    std::int64_t pending_points = 0;
    std::vector<std::string> wrong; ///< what the books say otherwise than the answers did
    std::vector<std::string> told;  ///< of one person
};

[[nodiscard]] std::vector<Condition> visit_conditions();
[[nodiscard]] std::vector<Condition> course_conditions();
[[nodiscard]] std::vector<Condition> spoof_conditions();
[[nodiscard]] std::vector<Condition> replay_conditions();
[[nodiscard]] std::vector<Condition> token_conditions();
[[nodiscard]] std::vector<Condition> guess_conditions();
[[nodiscard]] std::vector<Condition> network_conditions();
/// All of them.
[[nodiscard]] const std::vector<Condition> &conditions();
/// Throws std::invalid_argument where there is none of that name.
[[nodiscard]] const Condition &condition_of(const std::string &name);

/// `people` of the condition by the seed; the requests of one of them are told, where one is named.
[[nodiscard]] Result run(const Condition &condition, std::uint64_t seed, std::size_t people, std::optional<std::size_t> told_person = std::nullopt);

/// What a client can try. Its people begin as all do, with a phone that claims 10 m, unless the caller says otherwise.
[[nodiscard]] Condition attack(const std::string &name, const std::string &title, const std::string &bound, std::size_t people,
                               std::function<Task<Done>(World &, Person &)> act, std::function<void(World &)> prepare = {});

/// The spot that somebody of this number visits.
[[nodiscard]] const Place &spot_of(const World &world, const Person &person);
/// The course whose spots somebody of this number visits.
[[nodiscard]] const Route &route_of(const World &world, const Person &person);
/// The spots of a course without its run, at a walker's pace of 0.9 to `most_mps`, with a look around.
[[nodiscard]] Task<Done> afternoon(World &world, Person &person, double most_mps);

/// A phone of one of the three platforms that reports such an accuracy.
[[nodiscard]] PhoneModel some_phone(Random &random, double accuracy_m);
/// Metres around a spot where its visitors stand: a normal distribution of 5 m each way.
[[nodiscard]] geo::PlanePoint beside(Random &random, geo::PlanePoint spot);
[[nodiscard]] geo::PlanePoint away(Random &random, geo::PlanePoint from, double metres);

} // namespace keyaki::sim
