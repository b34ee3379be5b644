#include "tests/data/ledger_reference.hpp"

#include <algorithm>
#include <limits>

using namespace keyaki::data;

namespace keyaki::test {
namespace {

constexpr auto for_ever_sequence = std::numeric_limits<std::size_t>::max();
constexpr auto for_ever = std::numeric_limits<std::int64_t>::max();

std::string kind(const std::string &account) { return account.substr(0, account.find_first_of(":/")); }
bool is_member(const std::string &account) { return kind(account) == "member"; }
std::int64_t deadline(const ReferenceLedger::Entry &e) { return e.request.timeout_s == 0 ? for_ever : e.time_us + e.request.timeout_s * 1'000'000; }

bool may_pay(const std::string &debit, const std::string &credit) {
    static const std::set<std::string> pairs = {"issuer budget", "budget member",  "budget draw",   "draw member",   "member shop",
                                                "shop redeemed", "member expired", "budget issuer", "member budget", "draw budget",
                                                "member draw",   "shop member",    "redeemed shop", "expired member"};
    return pairs.count(kind(debit) + " " + kind(credit)) != 0;
}

std::string difference(const TransferRequest &a, const TransferRequest &b) {
    const std::vector<std::pair<bool, std::string>> fields = {{a.debit_account == b.debit_account, "debit_account"},
                                                              {a.credit_account == b.credit_account, "credit_account"},
                                                              {a.amount == b.amount, "amount"},
                                                              {a.code == b.code, "code"},
                                                              {a.reference == b.reference, "reference"},
                                                              {a.pending == b.pending, "pending"},
                                                              {a.timeout_s == b.timeout_s, "timeout"},
                                                              {a.expires_at_us == b.expires_at_us, "expiry"}};
    for (const auto &[same, name] : fields) {
        if (!same) {
            return "exists_with_different_" + name;
        }
    }
    return "exists";
}

} // namespace

std::int64_t ReferenceLedger::next_time(std::int64_t now_us) const { return std::max(now_us, entries.back().time_us + 1); }

ReferenceLedger::ByExpiry ReferenceLedger::open_lots(const std::string &account) const {
    const auto found = open.find(account);
    return found == open.end() ? ByExpiry() : ByExpiry(found->second.begin(), found->second.end());
}

void ReferenceLedger::add_to_lot(std::size_t number, std::int64_t points) {
    Lot &lot = lots[number];
    lot.rest += points;
    auto &of_account = open[lot.account];
    lot.rest > 0 ? void(of_account.emplace(lot.expires_at_us, number)) : void(of_account.erase({lot.expires_at_us, number}));
}

bool ReferenceLedger::shop_refuses(const std::string &shop_account, const std::string &unit) const {
    const std::string name = shop_account.substr(5, shop_account.find('/') - 5);
    const auto shop_class = shop_classes.find(name);
    return unit != "nin" && (shop_class == shop_classes.end() || accepted.count({unit, shop_class->second}) == 0);
}

bool ReferenceLedger::is_overflowing(const TransferRequest &request) const {
    const auto goes_past = [&](std::int64_t posted, std::int64_t pending) { // 64 bits of mantissa: exact
        return static_cast<long double>(posted) + static_cast<long double>(pending) + static_cast<long double>(request.amount) >
               static_cast<long double>(for_ever);
    };
    const Account &debit = accounts.at(request.debit_account);
    const Account &credit = accounts.at(request.credit_account);
    return goes_past(debit.debits_posted, debit.debits_pending) || goes_past(credit.credits_posted, credit.credits_pending);
}

std::string ReferenceLedger::refusal(const TransferRequest &request, std::int64_t now_us) {
    const auto debit = accounts.find(request.debit_account);
    const auto credit = accounts.find(request.credit_account);
    if (request.id.empty() || request.amount <= 0) {
        return request.id.empty() ? "id_must_not_be_empty" : "amount_must_be_positive";
    }
    if (request.debit_account == request.credit_account) {
        return "accounts_must_be_different";
    }
    if (debit == accounts.end() || credit == accounts.end()) {
        return debit == accounts.end() ? "debit_account_not_found" : "credit_account_not_found";
    }
    if (debit->second.unit != credit->second.unit) {
        return "accounts_must_have_the_same_unit";
    }
    if (!may_pay(debit->first, credit->first)) {
        return "kind_pair_not_allowed";
    }
    if (!request.id.starts_with("reverse/") && is_member(debit->first) && kind(credit->first) == "shop" &&
        shop_refuses(credit->first, credit->second.unit)) {
        return "purpose_not_allowed";
    }
    std::int64_t due = 0;
    std::int64_t time_us = next_time(now_us);
    for (const auto &[expires_at_us, sequence] : is_member(debit->first) ? open_lots(debit->first) : ByExpiry()) {
        if (expires_at_us > time_us) {
            break;
        }
        due += lots.at(sequence).rest;
        ++time_us;
    }
    if (request.expires_at_us && !is_member(credit->first)) {
        return "expiry_not_allowed";
    }
    if (request.expires_at_us && *request.expires_at_us <= time_us) {
        return "expiry_must_be_later";
    }
    const Account &from = debit->second;
    if (kind(debit->first) != "issuer" && from.credits_posted - from.debits_posted - from.debits_pending - due < request.amount) {
        return kind(debit->first) == "budget" ? "exceeds_budget" : "exceeds_credits";
    }
    return is_overflowing(request) ? "overflows" : "";
}

std::size_t ReferenceLedger::append(TransferRequest request, const std::string &state, std::size_t resolves, std::int64_t now_us) {
    Account &debit = accounts[request.debit_account];
    Account &credit = accounts[request.credit_account];
    if (resolves != 0) {
        debit.debits_pending -= entries[resolves].request.amount;
        credit.credits_pending -= entries[resolves].request.amount;
        entries[resolves].ended_by = entries.size();
        waiting.erase({deadline(entries[resolves]), resolves});
    }
    debit.debits_posted += state == "posted" ? request.amount : 0;
    credit.credits_posted += state == "posted" ? request.amount : 0;
    debit.debits_pending += state == "pending" ? request.amount : 0;
    credit.credits_pending += state == "pending" ? request.amount : 0;
    Entry entry;
    entry.time_us = next_time(now_us);
    entry.state = state;
    entry.resolves = resolves;
    entry.request = std::move(request);
    m_by_id[entry.request.id] = entries.size();
    if (state == "posted" && entry.request.expires_at_us) {
        lots[entries.size()] = {entry.request.credit_account, *entry.request.expires_at_us, 0};
        add_to_lot(entries.size(), entry.request.amount);
    }
    entries.push_back(std::move(entry));
    state == "pending" ? void(waiting.emplace(deadline(entries.back()), entries.size() - 1)) : void();
    return entries.size() - 1;
}

void ReferenceLedger::take(std::size_t entry, const std::string &account, std::int64_t amount, std::size_t first) {
    ByExpiry order = open_lots(account);
    std::stable_partition(order.begin(), order.end(), [&](const auto &lot) { return lot.second == first; });
    for (const auto &[expires_at_us, sequence] : order) {
        const std::int64_t part = std::min(amount, lots[sequence].rest);
        add_to_lot(sequence, -part);
        amount -= part;
        if (part > 0) {
            entries[entry].taken[sequence] += part;
        }
    }
}

std::size_t ReferenceLedger::expire(const std::string &account, std::int64_t now_us) {
    std::size_t count = 0;
    for (const auto &[expires_at_us, sequence] : open_lots(account)) {
        if (expires_at_us > next_time(now_us)) {
            break;
        }
        const std::string unit = accounts[account].unit;
        const std::string expired = unit == "nin" ? "expired" : "expired/" + unit;
        accounts[expired].unit = unit;
        const std::string id = "expire/" + std::to_string(sequence) + "/" + std::to_string(entries.size());
        const std::int64_t rest = lots[sequence].rest;
        append({id, account, expired, rest, "expire", entries[sequence].request.id, false, 0, {}}, "posted", 0, now_us);
        add_to_lot(sequence, -rest);
        ++count;
    }
    return count;
}

std::string ReferenceLedger::transfer(const TransferRequest &request, std::int64_t now_us) {
    if (const auto found = m_by_id.find(request.id); found != m_by_id.end()) {
        return difference(request, entries[found->second].request);
    }
    if (m_failed.count(request.id) != 0) {
        return "id_already_failed";
    }
    const std::string refused = refusal(request, now_us);
    if (!refused.empty()) {
        request.id.empty() ? void() : void(m_failed.insert(request.id));
        return refused;
    }
    const bool pays = is_member(request.debit_account);
    pays ? void(expire(request.debit_account, now_us)) : void();
    const std::size_t entry = append(request, request.pending ? "pending" : "posted", 0, now_us);
    pays ? take(entry, request.debit_account, request.amount, 0) : void();
    return "created";
}

void ReferenceLedger::write_end(std::size_t pending, const std::string &state, std::int64_t amount, const std::string &reference,
                                std::int64_t now_us) {
    TransferRequest request = entries[pending].request;
    request.id = (state == "posted" ? "post/" : state == "voided" ? "void/" : "timeout/") + std::to_string(pending);
    request.amount = amount;
    request.pending = false;
    request.timeout_s = 0;
    request.reference = reference.empty() ? request.reference : reference;
    request.expires_at_us = state == "posted" ? request.expires_at_us : std::nullopt;
    const std::int64_t reserved = entries[pending].request.amount;
    const std::size_t end = append(request, state, pending, now_us);
    std::int64_t of_lots = 0;
    ByExpiry order;
    for (const auto &[lot, taken] : entries[pending].taken) {
        of_lots += taken;
        order.emplace_back(lots[lot].expires_at_us, lot);
    }
    std::sort(order.rbegin(), order.rend());
    const std::int64_t posted = state == "posted" ? amount : 0;
    std::int64_t back = std::max<std::int64_t>(0, reserved - posted - (reserved - of_lots));
    const bool gives = back > 0;
    for (const auto &[expires_at_us, lot] : order) {
        const std::int64_t part = std::min(back, entries[pending].taken[lot]);
        entries[pending].taken[lot] -= part;
        add_to_lot(lot, part);
        back -= part;
    }
    gives ? void(expire(request.debit_account, now_us)) : void();
    posted > 0 && entries[end].request.expires_at_us ? void(expire(request.credit_account, now_us)) : void();
}

std::string ReferenceLedger::end(const EndRequest &request, std::int64_t now_us) {
    const auto found = m_by_id.find(request.transfer_id);
    if (found == m_by_id.end()) {
        return "transfer_not_found";
    }
    const std::size_t pending = found->second;
    const std::string wanted = request.ending == Ending::post ? "posted" : request.ending == Ending::cancel ? "voided" : "expired";
    const std::int64_t amount = request.amount.value_or(entries[pending].request.amount);
    if (const std::size_t ended_by = entries[pending].ended_by; ended_by != 0) {
        const Entry &end = entries[ended_by];
        if (end.state != wanted) {
            return "already_" + end.state;
        }
        if (wanted == "posted" && end.request.amount != amount) {
            return "exists_with_different_amount";
        }
        const std::string reference = request.reference.empty() ? entries[pending].request.reference : request.reference;
        return reference == end.request.reference ? "exists" : "exists_with_different_reference";
    }
    if (entries[pending].state != "pending") {
        return "transfer_not_pending";
    }
    const bool is_over = next_time(now_us) >= deadline(entries[pending]);
    if (is_over || wanted == "expired") {
        is_over ? write_end(pending, "expired", entries[pending].request.amount, wanted == "expired" ? request.reference : "", now_us) : void();
        return wanted != "expired" ? "already_expired" : is_over ? "created" : "time_not_over";
    }
    if (amount <= 0 || amount > entries[pending].request.amount) {
        return amount <= 0 ? "amount_must_be_positive" : "exceeds_pending";
    }
    write_end(pending, wanted, amount, request.reference, now_us);
    return "created";
}

std::string ReferenceLedger::reverse(const ReverseRequest &request, std::int64_t now_us) {
    const auto found = m_by_id.find(request.transfer_id);
    if (found == m_by_id.end()) {
        return "transfer_not_found";
    }
    std::size_t posting = found->second;
    posting = entries[posting].state == "pending" ? entries[posting].ended_by : posting;
    if (posting == 0 || entries[posting].state != "posted") {
        return "transfer_not_posted";
    }
    const TransferRequest moved = entries[posting].request;
    if (moved.id.starts_with("reverse/") || moved.id.starts_with("expire/")) {
        return "correction_not_reversible";
    }
    const std::string reference = request.reference.empty() ? request.transfer_id : request.reference;
    if (const std::size_t before = entries[posting].reversed_by; before != 0) {
        return entries[before].request.reference == reference ? "exists" : "exists_with_different_reference";
    }
    const TransferRequest back{
        "reverse/" + std::to_string(posting), moved.credit_account, moved.debit_account, moved.amount, "reverse", reference, false, 0, {}};
    if (std::string refused = refusal(back, now_us); !refused.empty()) {
        return refused;
    }
    const bool pays = is_member(back.debit_account);
    pays ? void(expire(back.debit_account, now_us)) : void();
    const std::size_t entry = append(back, "posted", 0, now_us);
    entries[posting].reversed_by = entry;
    pays ? take(entry, back.debit_account, back.amount, posting) : void();
    bool gives = false;
    for (const std::size_t source : {posting, entries[posting].resolves}) {
        for (auto &[lot, taken] : entries[source].taken) {
            add_to_lot(lot, taken);
            gives = gives || taken > 0;
            taken = 0;
        }
    }
    gives ? void(expire(back.credit_account, now_us)) : void();
    return "created";
}

std::size_t ReferenceLedger::end_what_is_due(std::int64_t now_us, std::size_t limit) {
    std::vector<std::pair<std::int64_t, std::size_t>> over(waiting.begin(), waiting.upper_bound({now_us, for_ever_sequence}));
    over.resize(std::min(over.size(), limit));
    for (const auto &[deadline_us, sequence] : over) {
        write_end(sequence, "expired", entries[sequence].request.amount, "", now_us);
    }
    std::size_t count = over.size();
    std::vector<std::pair<std::int64_t, std::size_t>> due;
    for (const auto &[account, of_account] : open) {
        due.insert(due.end(), of_account.begin(), of_account.upper_bound({now_us, for_ever_sequence}));
    }
    std::sort(due.begin(), due.end());
    due.resize(count < limit ? std::min(due.size(), limit - count) : 0);
    for (const auto &[expires_at_us, sequence] : due) {
        if (count < limit) { // one owner's lots go together, and the ledger's time may be ahead of the clock: there may be more than were due
            count += expire(lots[sequence].account, now_us);
        }
    }
    return count;
}

} // namespace keyaki::test
