#include "server/flows/offline_tickets.hpp"

#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/rally/limits.hpp"
#include "server/rally/nfc_tap.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

data::OfflineTicket parse_ticket(std::string_view body, SpotSets &spots, const VersionedRally &rally, std::int64_t now_us) {
    return read_object(body, "the request", [&](ObjectReader &reader, std::vector<FieldError> &errors) {
        data::OfflineTicket ticket;
        ticket.id = make_ulid(now_us);
        ticket.rally = rally.rally.id;
        ticket.member = reader.text("member", 64);
        if (!ticket.member.empty() && !is_pseudonym(ticket.member)) {
            reader.refuse("member", "expected 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        const std::string key = reader.text("device_key", 64);
        if (!key.empty() && !rally::read_hex(key, ticket.device_key)) {
            reader.refuse("device_key", "expected 64 hexadecimal digits: the device's public key (Ed25519)");
        }
        const nlohmann::json *list = reader.required("spots");
        if (list != nullptr && (!list->is_array() || list->empty() || list->size() > rally::max_ticket_spots)) {
            reader.refuse("spots", fmt::format("expected a list of 1 to {} spots", rally::max_ticket_spots));
        } else if (list != nullptr) {
            for (std::size_t i = 0; i < list->size(); ++i) {
                const std::string spot = (*list)[i].is_string() ? (*list)[i].get<std::string>() : std::string();
                if (!spots.find(rally, spot)) {
                    errors.push_back({fmt::format("/spots/{}", i), "is no spot of this rally"});
                }
                ticket.spots.push_back(spot);
            }
        }
        ticket.from_us = now_us;
        ticket.until_us = jst_day_start_us(now_us) + day_us;
        return ticket;
    });
}

} // namespace

std::string issue_offline_ticket(data::Store &store, SpotSets &spots, const VersionedRally &versioned, std::string_view body, std::int64_t now_us) {
    const rally::Rally &rally = versioned.rally;
    if (rally.spots.is_hidden || !rally.riddles.empty()) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("rally {} opens its spots one after another, which needs the network", rally.id));
    }
    if (rally.coupon && rally.coupon->dwell_s > 0) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("rally {} counts how long somebody stays while they stay, which needs the network", rally.id));
    }
    if (now_us < rally.starts_us || now_us >= rally.ends_us + 1'000'000) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("rally {} is open from {} to {}", rally.id, format_rfc3339_jst(rally.starts_us),
                                                               format_rfc3339_jst(rally.ends_us)));
    }
    const data::OfflineTicket ticket = parse_ticket(body, spots, versioned, now_us);
    store.write([&](data::WriteTransaction &transaction) {
        data::Books books = transaction.books();
        if (books.tickets.issued_today(ticket.member, rally.id, jst_day_start_us(now_us)) >= rally::max_tickets_per_day) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("a member has {} offline tickets of a rally a day at most", rally::max_tickets_per_day));
        }
        books.tickets.issue(ticket);
    });
    return nlohmann::ordered_json{{"ticket", ticket.id},
                                  {"spots", ticket.spots},
                                  {"valid_from", format_rfc3339_jst(ticket.from_us)},
                                  {"valid_until", format_rfc3339_jst(ticket.until_us)}}
        .dump();
}

} // namespace keyaki::server
