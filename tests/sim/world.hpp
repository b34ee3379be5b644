#pragma once

#include "tests/sim/agenda.hpp"
#include "tests/sim/city.hpp"
#include "tests/sim/phone.hpp"
#include "tests/sim/random.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::sim {

/// What the network and the machine do to requests.
struct Weather {
    double mean_delay_s = 0.25; ///< each way, on top of 50 ms
    double lost = 0.01;         ///< of requests, and of answers; the phone sends the same again after 8 s, with the same key
    double repeated = 0.01;     ///< of requests: they come a second time, up to 90 s later
    double deaths = 0;          ///< of requests: the process is killed before, or after it has written and before it has answered
};

/// Somebody with a phone.
struct Person {
    Person(std::uint64_t seed, const std::string &condition, std::size_t number_, const PhoneModel &model)
        : number(number_), random(seed, condition, number_), member("m" + std::to_string(number_)), device("d" + std::to_string(number_)),
          phone(model, random) {}

    std::size_t number;
    Random random;
    std::string member;
    std::string device;
    std::optional<bool> integrity = true; ///< what the client's attestation says; nothing where it was not asked
    Phone phone;
    int requests = 0;
};

/// What became of one try.
enum class Fate : std::uint8_t { posted, held, token, refused };
struct Tally {
    std::size_t tries = 0;
    std::size_t posted = 0;
    std::size_t held = 0;
    std::size_t token = 0; ///< ended with the wish for a token that was not there
    std::size_t refused = 0;
    std::size_t asked_more = 0;                 ///< were asked for further fixes on the way
    std::size_t asked_token = 0;                ///< were asked for a token on the way
    std::map<std::string, std::size_t> reasons; ///< the first one of what was not posted

    void count(Fate fate, const std::string &reason);
};

/// The city, its clock, its network, and what was answered. One thread.
class World {
  public:
    World(std::uint64_t seed, std::string condition, const Weather &weather);

    City city;
    Agenda agenda;
    Tally tally;
    std::map<std::string, double> figures; ///< what a condition counts beside its tally

    /// Sends a check-in with a new key, or with a given one, until an answer comes.
    Task<Reply> post(Person &person, std::string body, std::string key = {});
    /// Hands a request to the server now: no network in between.
    Reply deliver(const std::string &member, const std::string &key, const std::string &body);
    [[nodiscard]] std::string new_key(Person &person) const;

    /// Only this person's requests and answers are told.
    std::optional<std::size_t> told_person;
    std::vector<std::string> told;
    void tell(const Person &person, const std::string &sentence);

    /// Compares the books with everything that was answered: sentences on what is wrong.
    [[nodiscard]] std::vector<std::string> audit();
    [[nodiscard]] std::size_t requests() const noexcept { return m_requests; }
    [[nodiscard]] std::size_t repeats() const noexcept { return m_repeats; }
    [[nodiscard]] std::int64_t posted_points() const noexcept { return m_posted_points; }
    /// Check-ins that were posted and wait for somebody to look at them.
    [[nodiscard]] std::size_t sampled() const noexcept { return m_sampled; }
    [[nodiscard]] std::int64_t pending_points() const noexcept { return m_pending_points; }

  private:
    Task<Done> come_again(std::string member, std::string key, std::string body);
    void keep(const std::string &member, const std::string &key, const Reply &reply);
    void audit_member(const std::string &member, std::vector<std::string> &wrong);
    void audit_replays(std::vector<std::string> &wrong);

    struct Award {
        std::int64_t points = 0;
        bool is_pending = false;
    };
    Random m_random; ///< of the network and the machine
    Weather m_weather;
    std::map<std::string, std::string> m_answers;                 ///< the first, by key
    std::map<std::string, std::map<std::string, Award>> m_awards; ///< that were answered, by member and transfer
    std::vector<std::string> m_wrong;
    std::size_t m_requests = 0;
    std::size_t m_repeats = 0;
    std::size_t m_sampled = 0;
    std::int64_t m_posted_points = 0;
    std::int64_t m_pending_points = 0;
};

/// A fix as it is sent.
[[nodiscard]] nlohmann::json fix_json(const server::rally::SentFix &sent);
[[nodiscard]] std::string_view platform_name(geo::Platform platform);
/// The body of a check-in with these fixes.
[[nodiscard]] nlohmann::json body_of(const Person &person, const std::string &spot, const std::vector<server::rally::SentFix> &fixes);

/// How somebody checks in at a spot.
struct Visit {
    std::string spot;
    geo::PlanePoint place; ///< where they truly stand
    std::string rally = "r";
    std::string course{};
    std::string run{};
    bool has_code = false;                              ///< they can read the display at the spot
    nlohmann::json evidence = nlohmann::json::object(); ///< that is sent from the beginning
    /// Makes the fixes up; empty: the person's phone measures at `place`.
    std::function<server::rally::SentFix(std::int64_t now_us)> source{};
};
struct VisitOutcome {
    Fate fate = Fate::refused;
    bool asked_more = false;
    bool asked_token = false;
    std::string reason; ///< the first
    nlohmann::json answer;
};
/// Two fixes 4 s apart, then what the answers ask for, as the phone page does: further fixes while the verdict is more_fixes, the code of the display
/// where a token is wanted and there is one. `visit` must live until the end.
Task<VisitOutcome> check_in(World &world, Person &person, const Visit &visit);
/// As posted, held … with its first reason, in the world's tally.
void count(World &world, const VisitOutcome &outcome);

} // namespace keyaki::sim
