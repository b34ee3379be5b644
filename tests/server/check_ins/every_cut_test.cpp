// One check-in, with all that hangs on it, and the disk failing at each of its writes, syncs and truncations in turn, until it needs no further one.
#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/rally/rally.hpp"
#include "tests/server/check_ins/small_city.hpp"
#include "tests/support/faulty_disk.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <map>
#include <optional>

using namespace keyaki;
using namespace keyaki::test;
using Fault = FaultyDisk::Fault;

namespace {

constexpr std::size_t all = 1'000'000;

/// What a check-in has left, by what it is.
using Parts = std::map<std::string, std::int64_t>;

Parts parts_of(SmallCity &city, const std::string &member, const std::string &key) {
    Parts parts;
    parts["stamps"] = static_cast<std::int64_t>(city.store->stamps_of(member).size());
    parts["posted points"] = city.points(member);
    parts["pending points"] = city.pending(member);
    for (const data::Transfer &transfer : city.store->transfers("budget:r", 0, all)) {
        if (transfer.request.credit_account == server::rally::member_account(member)) {
            ++parts["awards"];
            parts["taken from the budget"] += transfer.request.amount;
        }
    }
    for (const data::NumberedEvent &numbered : city.store->outbox_events(0, all)) {
        parts["events"] += numbered.event.subject == member ? 1 : 0;
    }
    city.store->read_books([&](data::Books &books) {
        parts["tickets"] = static_cast<std::int64_t>(books.prizes.tickets_of("r", member).size());
        for (const data::HistoryBook::Row &row : books.history.between(0, std::numeric_limits<std::int64_t>::max(), "r", 0, all)) {
            if (row.check_in.member == member) {
                ++parts["check-ins"];
                parts["reviews"] += books.reviews.find(row.check_in.id) ? 1 : 0;
            }
        }
    });
    city.store->write([&](data::WriteTransaction &books) { parts["answers"] = books.find_answer("client", "POST /checkins", key) ? 1 : 0; });
    std::erase_if(parts, [](const auto &part) { return part.second == 0; });
    return parts;
}

class Walk {
  public:
    Walk(std::uint64_t seed, bool is_held) : m_random(seed), m_is_held(is_held) {
        m_city.put({{"completion", {{"spots", 1}, {"points", 5}, {"draw_tickets", 2}}}});
        const std::string member = next_member();
        REQUIRE(send(member, m_city.body_of(visit_of(member)).dump()) == End::yes);
        m_whole = parts_of(m_city, member, key_of(member));
        REQUIRE(m_whole.at("awards") == (is_held ? 1 : 2));
        REQUIRE(m_whole.at("events") >= 2);
    }

    /// The disk fails at one call: of the check-in, or of the closing after it. False where they need fewer calls.
    bool fails_at(Fault fault, std::uint64_t call);
    /// The disk has no room for a call of the check-in, and then has. False where it needs fewer calls.
    bool finds_no_room(std::uint64_t call);

    int found_whole = 0;   ///< though nobody was told
    int found_nothing = 0; ///< after a failure

  private:
    enum class End : std::uint8_t { yes, no, unknown };

    std::string next_member() {
        m_city.pass_s(60);
        return "m-" + std::to_string(++m_members);
    }
    static std::string key_of(const std::string &member) { return "k-" + member; }
    [[nodiscard]] Visit visit_of(const std::string &member) const { return {.member = member, .device = "d-" + member, .mocked = m_is_held}; }
    End send(const std::string &member, const std::string &body);
    void cut_and_start();

    std::mt19937_64 m_random;
    bool m_is_held;
    int m_members = 0;
    FaultyDisk m_disk;
    SmallCity m_city;
    Parts m_whole;
};

Walk::End Walk::send(const std::string &member, const std::string &body) {
    try {
        (void)m_city.flow->check_in("client", key_of(member), server::parse_check_in(body), server::http::Language::en, m_city.now_us);
        return End::yes;
    } catch (const geo::Error &error) {
        REQUIRE(error.kind() == geo::ErrorKind::unavailable);
        return std::string_view(error.what()).starts_with("nothing was written") ? End::no : End::unknown;
    }
}

void Walk::cut_and_start() {
    m_city.close();
    m_disk.stop();
    m_disk.lose_power(m_random);
    m_disk.heal();
    m_city.open();
    REQUIRE(m_city.store->check() == std::vector<std::string>{});
    REQUIRE(m_city.store->verify_ledger().problems == std::vector<std::string>{});
}

bool Walk::fails_at(Fault fault, std::uint64_t call) {
    const std::string member = next_member();
    const std::string body = m_city.body_of(visit_of(member)).dump();
    CAPTURE(static_cast<int>(fault), call, member);
    m_disk.fail(fault, call);
    const End end = send(member, body);
    cut_and_start();
    const bool has_failed = m_disk.has_failed();
    const Parts found = parts_of(m_city, member, key_of(member));
    CHECK((found == m_whole || (found.empty() && end != End::yes)));
    CHECK((found.empty() || end != End::no));
    found_whole += end == End::unknown && !found.empty() ? 1 : 0;
    found_nothing += found.empty() ? 1 : 0;
    CHECK(send(member, body) == End::yes); // whoever asks again has it then, once
    CHECK(parts_of(m_city, member, key_of(member)) == m_whole);
    return has_failed;
}

bool Walk::finds_no_room(std::uint64_t call) {
    const std::string member = next_member();
    const std::string body = m_city.body_of(visit_of(member)).dump();
    CAPTURE(call, member);
    m_disk.fail(Fault::full, call);
    const End end = send(member, body);
    m_disk.heal();
    CHECK(end != End::unknown);
    CHECK(parts_of(m_city, member, key_of(member)) == (end == End::yes ? m_whole : Parts{}));
    CHECK(send(member, body) == End::yes);
    CHECK(parts_of(m_city, member, key_of(member)) == m_whole);
    found_nothing += end == End::no ? 1 : 0;
    return end == End::no;
}

} // namespace

TEST_CASE("I9: a check-in that found no room leaves nothing behind, in memory neither, and the same server gives it whole when there is room") {
    Walk walk(Catch::rngSeed(), GENERATE(false, true));
    std::uint64_t call = 1;
    while (walk.finds_no_room(call)) {
        ++call;
    }
    CHECK(walk.found_nothing > 0);
}

TEST_CASE("I9: wherever the power goes or the disk fails in a check-in, its stamp, awards, tickets, events and answer are all there or none is") {
    const bool is_held = GENERATE(false, true);
    for (const Fault fault : {Fault::power_goes, Fault::power_goes_late, Fault::full, Fault::write_fails, Fault::sync_fails}) {
        CAPTURE(Catch::rngSeed(), is_held, static_cast<int>(fault));
        Walk walk(Catch::rngSeed(), is_held);
        std::uint64_t call = 1;
        while (walk.fails_at(fault, call)) {
            ++call;
        }
        CAPTURE(call, walk.found_whole, walk.found_nothing);
        CHECK(call > (fault == Fault::sync_fails ? 3U : 15U)); // of the check-in and of the closing
        CHECK(walk.found_nothing > 0);
        CHECK((walk.found_whole > 0 || fault != Fault::power_goes_late)); // synced, and nobody was told
    }
}
