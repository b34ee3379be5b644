#include "data/ledger_verify_rules.hpp"

#include <limits>

namespace keyaki::data::verify {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

std::int64_t deadline_of(const Entry &pending) {
    std::int64_t deadline_us = 0;
    const bool is_past_the_end = __builtin_mul_overflow(pending.timeout_s, microseconds_per_second, &deadline_us) ||
                                 __builtin_add_overflow(deadline_us, pending.time_us, &deadline_us);
    return pending.timeout_s == 0 || is_past_the_end ? for_ever : deadline_us;
}

/// The newest line that was written before the entry.
template <typename Value>
std::optional<Value> in_force(const std::map<std::int64_t, Value> &lines, std::int64_t sequence) {
    auto line = lines.lower_bound(sequence);
    return line == lines.begin() ? std::nullopt : std::optional((--line)->second);
}

/// "bakery" of "shop:bakery/childcare".
std::string shop_of(const std::string &account) {
    const std::string name = account.substr(account.find(':') + 1);
    return name.substr(0, name.find('/'));
}

} // namespace

RuleReplay::RuleReplay(Connection &connection, ProblemAt problem_at, Problem problem)
    : m_connection(connection), m_problem_at(std::move(problem_at)), m_problem(std::move(problem)) {
    Statement shop = m_connection.prepare("SELECT shop, after_sequence, class FROM ledger_shop_class");
    while (shop.step()) {
        m_classes[std::string(shop.column_text(0))][shop.column_int64(1)] = shop.column_text(2);
    }
    Statement purpose = m_connection.prepare("SELECT purpose, class, after_sequence, accepted FROM ledger_purpose_class");
    while (purpose.step()) {
        m_accepted[{std::string(purpose.column_text(0)), std::string(purpose.column_text(1))}][purpose.column_int64(2)] =
            purpose.column_int64(3) == 1;
    }
}

std::optional<Entry> RuleReplay::apply(const Entry &entry) {
    m_released = 0;
    if (entry.state == "pending") {
        m_waiting.emplace(entry.sequence, entry);
    }
    if (entry.resolves) {
        check_end(entry);
        return std::nullopt;
    }
    if (entry.state == "voided" || entry.state == "expired") {
        m_problem_at(entry, "is " + entry.state + ", but says not which entry it ends");
    }
    check_purpose(entry);
    return check_reversal(entry);
}

std::int64_t RuleReplay::released_by(const Entry &entry) const { return entry.resolves ? m_released : 0; }

void RuleReplay::check_end(const Entry &entry) {
    const auto pending = m_waiting.find(*entry.resolves);
    if (pending == m_waiting.end()) {
        const char *why = m_ended.contains(*entry.resolves) ? ", which has ended before" : ", which is no pending entry before it";
        m_problem_at(entry, "ends entry " + std::to_string(*entry.resolves) + why);
        return;
    }
    check_pending(entry, pending->second);
    m_released = pending->second.amount;
    m_ended.insert(pending->first);
    m_waiting.erase(pending);
}

void RuleReplay::check_pending(const Entry &entry, const Entry &pending) {
    const std::string ended = "ends entry " + std::to_string(pending.sequence);
    if (entry.debit != pending.debit || entry.credit != pending.credit || entry.unit != pending.unit || entry.code != pending.code) {
        m_problem_at(entry, ended + ", but is of other accounts, another unit or another code");
    }
    const bool is_posted = entry.state == "posted";
    if (is_posted ? entry.amount > pending.amount : entry.amount != pending.amount) {
        m_problem_at(entry, ended + " with " + std::to_string(entry.amount) + " points of " + std::to_string(pending.amount));
    }
    if (entry.expires_at_us != (is_posted ? pending.expires_at_us : std::nullopt)) {
        m_problem_at(entry, ended + ", but its points do not expire as was promised");
    }
    if ((entry.state == "expired") != (entry.time_us >= deadline_of(pending))) {
        m_problem_at(entry, ended + " as " + entry.state + " at " + std::to_string(entry.time_us) + " µs, with the deadline " +
                                std::to_string(deadline_of(pending)) + " µs");
    }
    const std::string word = is_posted ? "post/" : entry.state == "voided" ? "void/" : "timeout/";
    if (entry.id != word + std::to_string(pending.sequence)) {
        m_problem_at(entry, ended + ", but is called " + in_quotes(entry.id));
    }
}

std::optional<Entry> RuleReplay::check_reversal(const Entry &entry) {
    const auto sequence = number_after(entry.id, "reverse/");
    if (!sequence) {
        return std::nullopt;
    }
    std::optional<Entry> reversed = *sequence < entry.sequence ? read(*sequence) : std::nullopt;
    const bool is_mirror = reversed && reversed->state == "posted" && entry.state == "posted" && reversed->debit == entry.credit &&
                           reversed->credit == entry.debit && reversed->amount == entry.amount;
    if (!is_mirror) {
        m_problem_at(entry, "does not give back what entry " + std::to_string(*sequence) + " moved");
        return std::nullopt;
    }
    if (number_after(reversed->id, "reverse/") || number_after(reversed->id, "expire/")) {
        m_problem_at(entry, "reverses entry " + std::to_string(*sequence) + ", which is a correction itself");
    }
    return reversed;
}

void RuleReplay::check_purpose(const Entry &entry) {
    const bool is_reversal = number_after(entry.id, "reverse/").has_value(); // a correction, not a purchase
    if (is_reversal || !entry.debit.starts_with("member:") || !entry.credit.starts_with("shop:") || entry.unit == "nin") {
        return;
    }
    const std::string shop = shop_of(entry.credit);
    const auto lines = m_classes.find(shop);
    const auto shop_class = lines == m_classes.end() ? std::nullopt : in_force(lines->second, entry.sequence);
    const auto accepted = m_accepted.find({entry.unit, shop_class.value_or("")});
    if (!shop_class || accepted == m_accepted.end() || !in_force(accepted->second, entry.sequence).value_or(false)) {
        m_problem_at(entry, "pays points of the purpose " + in_quotes(entry.unit) + " to the shop " + in_quotes(shop) + " of class " +
                                in_quotes(shop_class.value_or("")) + ", which did not take them");
    }
}

std::optional<Entry> RuleReplay::read(std::int64_t sequence) {
    Statement row = m_connection.prepare(R"(
        SELECT amount, timeout_s, time_us, transfer_id, debit_account, credit_account, unit, code, reference, state, expires_at_us, resolves
        FROM ledger_entry WHERE sequence = ?1)");
    if (!row.bind_int64(1, sequence).step()) {
        return std::nullopt;
    }
    const auto text = [&](int column) { return std::string(row.column_text(column)); };
    const auto optional = [&](int column) { return row.is_null(column) ? std::nullopt : std::optional(row.column_int64(column)); };
    return Entry{sequence, row.column_int64(0), row.column_int64(1), row.column_int64(2), text(3), text(4), text(5), text(6), text(7), text(8),
                 text(9),  std::string(),       optional(10),        optional(11)};
}

void RuleReplay::compare() const {
    std::set<std::pair<std::int64_t, std::int64_t>> waiting;
    for (const auto &[sequence, entry] : m_waiting) {
        waiting.emplace(deadline_of(entry), sequence);
    }
    Statement row = m_connection.prepare("SELECT deadline_us, sequence FROM ledger_open_pending NOT INDEXED");
    while (row.step()) {
        if (waiting.erase({row.column_int64(0), row.column_int64(1)}) == 0) {
            m_problem("entry " + std::to_string(row.column_int64(1)) + " is stored as waiting until " + std::to_string(row.column_int64(0)) +
                      " µs, but by the entries it does not");
        }
    }
    for (const auto &[deadline_us, sequence] : waiting) {
        m_problem("entry " + std::to_string(sequence) + " waits until " + std::to_string(deadline_us) + " µs by the entries, which is not stored");
    }
}

} // namespace keyaki::data::verify
