#include "tests/sim/condition.hpp"

#include "data/books.hpp"
#include "server/rally/device_proof.hpp"
#include "server/rally/nfc_tap.hpp"
#include "tests/support/device_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// Codes, sheets, tags and tickets in the wrong hands.
namespace keyaki::sim {

namespace {

using nlohmann::json;
using server::rally::SentFix;
using test::DeviceKey;

std::function<void(World &)> needing(const char *evidence) {
    return [evidence](World &world) { world.city.put_rally({{"spots", {{"evidence", {evidence}}}}}, world.agenda.now_us()); };
}

enum class Where { at_home, made_up };

/// A code that somebody sends from the spot, `later_s` after the display showed it, to somebody 1.5 km away.
Task<Done> use_relayed(World &world, Person &person, Where where, double later_s, bool is_sheet) {
    const Place &spot = spot_of(world, person);
    Visit visit{spot.spot, where == Where::at_home ? away(person.random, spot.place, 1500) : beside(person.random, spot.place)};
    // Two fixes and two ways of the network later it arrives.
    const std::int64_t shown_us = world.agenda.now_us() + static_cast<std::int64_t>((4.3 - later_s) * 1e6);
    visit.evidence[is_sheet ? "qr" : "code"] = is_sheet ? world.city.sheet_of("r", spot.spot) : world.city.code_at("r", spot.spot, shown_us);
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

/// A tap whose address was saved, and is opened again by another member, who stands there.
Task<Done> saved_tap(World &world, Person &person, bool is_cloned) {
    const Place &spot = spot_of(world, person);
    const auto number = static_cast<std::uint8_t>(person.number % world.city.spots().size());
    const server::rally::TagUid uid{4, 1, 2, 3, 4, 5, number};
    server::rally::TagKey key{};
    key[0] = number;
    const auto counter = static_cast<std::uint32_t>(person.number + 1);
    const auto address = [&](const server::rally::TagKey &of) {
        std::string mac;
        for (const std::uint8_t byte : server::rally::tap_mac(of, uid, counter)) {
            mac += fmt::format("{:02x}", byte);
        }
        return json{{"uid", fmt::format("040102030405{:02x}", number)}, {"counter", fmt::format("{:06x}", counter)}, {"mac", mac}};
    };
    world.city.store().write([&](data::WriteTransaction &transaction) { transaction.books().evidence.put_tag({uid, "r", spot.spot, key, -1}); });
    Visit visit{spot.spot, beside(person.random, spot.place)};
    if (is_cloned) {
        server::rally::TagKey guessed = key;
        guessed[1] = 1;
        visit.evidence["nfc"] = address(guessed);
    } else {
        visit.evidence["nfc"] = address(key);
        const VisitOutcome first = co_await check_in(world, person, visit);
        world.figures["posted by the first tap"] += first.fate == Fate::posted ? 1 : 0;
        person.member = "other-" + person.member;
        person.device = "other-" + person.device;
        co_await world.agenda.pass_s(30);
    }
    count(world, co_await check_in(world, person, visit));
    co_return Done{};
}

/// A phone's key, made from the person's chances.
DeviceKey new_key(Random &random) {
    std::array<std::uint8_t, 32> secret{};
    std::generate(secret.begin(), secret.end(), [&random] { return static_cast<std::uint8_t>(random.below(256)); });
    return DeviceKey(secret);
}

enum class Ticket { honest, other_phone, other_spot, twice, late };

json ticket_body(World &world, Person &person, const DeviceKey &key, const std::string &ticket, const Place &spot) {
    // Nobody can ask for further fixes later, so the phone takes as many as count.
    std::vector<SentFix> fixes;
    for (std::int64_t before_us = 16'400'000; before_us >= 0; before_us -= 4'100'000) {
        fixes.push_back(person.phone.measure(spot.place, world.agenda.now_us() - before_us));
    }
    json body = body_of(person, spot.spot, fixes);
    const auto plain = server::parse_check_in(body.dump()).plain_fixes();
    body["ticket"] = {{"id", ticket}, {"signature", key.sign_hex(server::rally::offline_message(ticket, spot.spot, plain))}};
    return body;
}

Fate fate_of(const Reply &reply, std::string &reason) {
    if (reply.status != 201) {
        reason = fmt::format("HTTP {}", reply.status);
        return Fate::refused;
    }
    const json answer = json::parse(reply.body);
    reason = answer.at("reasons").empty() ? "" : answer.at("reasons").front().get<std::string>();
    const std::string verdict = answer.at("verdict");
    return verdict == "accepted" ? Fate::posted : verdict == "held" ? Fate::held : verdict == "token_required" ? Fate::token : Fate::refused;
}

Task<Done> offline(World &world, Person &person, Ticket way) {
    const auto &spots = world.city.spots();
    const Place &spot = spot_of(world, person);
    const Place &other_spot = spots[(person.number + 1) % spots.size()];
    const DeviceKey key = new_key(person.random);
    const DeviceKey other_key = new_key(person.random);
    const json spots_of_ticket = way == Ticket::twice ? json{spot.spot, other_spot.spot} : json{spot.spot};
    const json wish{{"member", person.member}, {"device_key", key.public_hex()}, {"spots", spots_of_ticket}};
    const std::string ticket = json::parse(world.city.issue_ticket("r", wish.dump(), world.agenda.now_us()).body).at("ticket");
    co_await world.agenda.pass_s(1800);
    const json body = ticket_body(world, person, way == Ticket::other_phone ? other_key : key, ticket, way == Ticket::other_spot ? other_spot : spot);
    json second;
    if (way == Ticket::twice) {
        co_await world.agenda.pass_s(1800);
        second = ticket_body(world, person, key, ticket, other_spot);
    }
    co_await world.agenda.pass_s(way == Ticket::late ? 86'400 + 60 : 4 * 3600);
    Reply reply = co_await world.post(person, body.dump());
    if (way == Ticket::twice) {
        world.figures["posted the first time"] += json::parse(reply.body).at("verdict") == "accepted" ? 1 : 0;
        reply = co_await world.post(person, second.dump());
    }
    std::string reason;
    const Fate fate = fate_of(reply, reason);
    world.tally.count(fate, reason);
    co_return Done{};
}

Condition of(const std::string &name, const std::string &title, const std::string &bound, std::function<Task<Done>(World &, Person &)> act,
             std::function<void(World &)> prepare = {}) {
    Condition condition = attack(name, title, bound, 150, std::move(act), std::move(prepare));
    condition.phone = [](Random &random) { return some_phone(random, 12); };
    return condition;
}

} // namespace

std::vector<Condition> token_conditions() {
    const auto relayed = [](Where where, double later_s, bool is_sheet) {
        return [=](World &world, Person &person) { return use_relayed(world, person, where, later_s, is_sheet); };
    };
    const auto ticket = [](Ticket way) { return [way](World &world, Person &person) { return offline(world, person, way); }; };
    std::vector<Condition> list{
        of("sheet-photo", "photo of the printed code, 1.5 km away", "QR_FAR: a sheet never stamps alone", relayed(Where::at_home, 0, true),
           needing("qr")),
        of("sheet-spoof", "photo of the printed code, and a made-up position with perfect noise", "**residual**: rotating code or NFC for prizes",
           relayed(Where::made_up, 0, true), needing("qr")),
        of("relay-5", "rotating code passed on within 5 s, 1.5 km away", "QR_FAR", relayed(Where::at_home, 5, false), needing("code")),
        of("relay-90", "rotating code passed on after 90 s, and a made-up position", "QR_STALE", relayed(Where::made_up, 90, false), needing("code")),
        of("relay-spoof", "rotating code passed on within 5 s, and a made-up position with perfect noise",
           "**residual**: CODE_BURST past 60 uses, NFC at prize spots", relayed(Where::made_up, 5, false), needing("code")),
        of(
            "tap-saved", "address of an NFC tap, opened again", "NFC_COUNTER_BACK",
            [](World &world, Person &person) { return saved_tap(world, person, false); }, needing("nfc")),
        of(
            "tap-cloned", "NFC tag copied without its key", "NFC_WRONG", [](World &world, Person &person) { return saved_tap(world, person, true); },
            needing("nfc")),
        of("ticket-other-phone", "offline ticket on another phone", "TICKET_WRONG", ticket(Ticket::other_phone)),
        of("ticket-other-spot", "offline ticket at another spot", "TICKET_WRONG", ticket(Ticket::other_spot)),
        of("ticket-twice", "offline ticket at two of its spots", "REPLAY_NONCE", ticket(Ticket::twice)),
        of("ticket-late", "offline ticket, settled after a day", "STALE_FIX", ticket(Ticket::late)),
    };
    Condition honest = of("ticket-honest", "offline ticket, settled 4 h later", "", ticket(Ticket::honest));
    honest.section = Section::visits;
    list.push_back(std::move(honest));
    return list;
}

} // namespace keyaki::sim
