#include "data/ledger_events.hpp"

#include "data/check_in_store.hpp"
#include "data/ledger_purposes.hpp"
#include "data/ledger_rows.hpp"
#include "data/sha256.hpp"

#include <nlohmann/json.hpp>

#include <cassert>

namespace keyaki::data {

void announce_end(Connection &connection, const Transfer &end) {
    assert(end.resolves);
    const bool is_award =
        account_kind_of(end.request.debit_account) == AccountKind::budget && account_kind_of(end.request.credit_account) == AccountKind::member;
    if (!is_award) {
        return;
    }
    const std::optional<Transfer> pending = find_entry(connection, *end.resolves);
    assert(pending);
    const bool is_posted = end.state == TransferState::posted;
    const std::string member(owner_of(end.request.credit_account));
    const nlohmann::ordered_json told{{"transfer", pending->request.id},
                                      {"member", member},
                                      {"rally", owner_of(end.request.debit_account)},
                                      {"points", end.request.amount},
                                      {"held", pending->request.amount}};
    insert_event(connection,
                 {"entry/" + to_hex(end.hash).substr(0, 32), is_posted ? "points.awarded" : "points.voided", member, told.dump(), end.time_us});
}

} // namespace keyaki::data
