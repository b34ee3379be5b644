#include "data/ledger_verify.hpp"

#include "data/ledger_verify_entry.hpp"
#include "data/ledger_verify_lots.hpp"
#include "data/ledger_verify_rules.hpp"
#include "data/limits.hpp"
#include "data/sha256.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

// Written from data/ledger-format.md, not from the code that writes the ledger, and sharing nothing with it but SHA-256.

namespace keyaki::data {
namespace {

using verify::Entry;
using verify::in_quotes;

// Who may pay whom: rows pay, columns are paid.                       issuer budget member shop redeemed expired draw
constexpr std::array<std::string_view, 7> kind_names = {"issuer", "budget", "member", "shop", "redeemed", "expired", "draw"};
constexpr std::array<std::string_view, 7> may_pay = {".x.....",  // issuer
                                                     "x.x...x",  // budget
                                                     ".x.x.xx",  // member
                                                     "..x.x..",  // shop
                                                     "...x...",  // redeemed
                                                     "..x....",  // expired
                                                     ".xx...."}; // draw

/// "redeemed" and "expired" stand alone, or before their unit; the others before a name.
std::optional<std::size_t> kind_of(std::string_view account) {
    const std::size_t end = account.find_first_of(":/");
    const auto *const name = std::find(kind_names.begin(), kind_names.end(), account.substr(0, end));
    if (name == kind_names.end()) {
        return std::nullopt;
    }
    const bool ends_here = end == std::string_view::npos;
    const bool has_more = !ends_here && end + 1 < account.size();
    const bool is_of_the_city = *name == "redeemed" || *name == "expired";
    const bool is_good = is_of_the_city ? ends_here || (has_more && account[end] == '/') : has_more && account[end] == ':';
    return is_good ? std::optional(static_cast<std::size_t>(name - kind_names.begin())) : std::nullopt;
}

/// What the entries say of one account.
struct Totals {
    std::string unit;
    std::array<std::int64_t, 4> sums{}; ///< in the order of column_names
};
constexpr std::array<std::string_view, 4> column_names = {"debits_posted", "debits_pending", "credits_posted", "credits_pending"};

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[static_cast<unsigned char>(byte) / 16];
        text += digits[static_cast<unsigned char>(byte) % 16];
    }
    return text;
}

/// A field: four bytes of length, most significant first, then the bytes.
std::string field(std::string_view bytes) {
    std::string result(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) {
        result[i] = static_cast<char>((bytes.size() >> (24 - 8 * i)) & 0xff);
    }
    return result.append(bytes);
}

std::string field(std::int64_t value) {
    std::string bytes;
    for (int i = 7; i >= 0; --i) {
        bytes += static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xff);
    }
    return field(bytes);
}

std::string field(const std::optional<std::int64_t> &value) { return value ? field(*value) : field(std::string_view()); }

std::string recompute_hash(std::string_view previous, const Entry &entry) {
    const std::string bytes = field("keyaki-ledger-1") + field(entry.sequence) + field(entry.id) + field(entry.debit) + field(entry.credit) +
                              field(entry.unit) + field(entry.amount) + field(entry.code) + field(entry.reference) + field(entry.state) +
                              field(entry.timeout_s) + field(entry.expires_at_us) + field(entry.resolves) + field(entry.time_us);
    const Hash hash = sha256(previous, bytes);
    return {hash.begin(), hash.end()};
}

class Verifier {
  public:
    explicit Verifier(Connection &connection)
        : m_connection(connection), m_rules(
                                        connection, [this](const Entry &entry, const std::string &sentence) { problem_at(entry, sentence); },
                                        [this](const std::string &sentence) { problem(sentence); }),
          m_lots([this](const Entry &entry, const std::string &sentence) { problem_at(entry, sentence); },
                 [this](const std::string &sentence) { problem(sentence); }) {}

    LedgerReport run() {
        check_types();
        replay();
        check_ids();
        m_rules.compare();
        m_lots.compare(m_connection, [this](const std::string &account) { return available(account); });
        compare_accounts();
        compare_head();
        m_report.head.sequence = static_cast<std::uint64_t>(m_sequence);
        std::copy(m_hash.begin(), m_hash.end(), m_report.head.hash.begin());
        return std::move(m_report);
    }

  private:
    void problem(std::string sentence) {
        if (m_report.problems.size() < problems_max) {
            m_report.problems.push_back(std::move(sentence));
        }
    }
    void problem_at(const Entry &entry, const std::string &sentence) { problem("entry " + std::to_string(entry.sequence) + " " + sentence); }

    void check_types();
    void replay();
    void check_place(const Entry &entry);
    void check_content(const Entry &entry);
    void check_hash(const Entry &entry);
    void check_accounts(const Entry &entry);
    void move_points(const Entry &entry);
    void add(const Entry &entry, const std::string &account, std::size_t column, std::int64_t amount);
    [[nodiscard]] std::int64_t available(const std::string &account) const;
    void check_ids();
    void compare_accounts();
    void compare_account(const Statement &row, const Totals &computed);
    void check_unit(std::string_view account, std::string_view unit);
    void compare_head();

    Connection &m_connection;
    verify::RuleReplay m_rules;
    verify::LotReplay m_lots;
    LedgerReport m_report;
    std::map<std::string, Totals, std::less<>> m_totals;
    std::int64_t m_sequence = 0;
    std::int64_t m_time_us = 0;
    std::string m_hash = std::string(32, '\0');
};

// A text stored as a blob of the same bytes would hash the same.
void Verifier::check_types() {
    Statement row = m_connection.prepare(R"(
        SELECT sequence FROM ledger_entry NOT INDEXED
        WHERE (typeof(transfer_id) || typeof(debit_account) || typeof(credit_account) || typeof(unit) || typeof(code) || typeof(reference) ||
               typeof(state)) <> 'texttexttexttexttexttexttext'
           OR typeof(amount) <> 'integer' OR typeof(timeout_s) <> 'integer' OR typeof(time_us) <> 'integer' OR typeof(hash) <> 'blob'
           OR typeof(expires_at_us) NOT IN ('integer', 'null') OR typeof(resolves) NOT IN ('integer', 'null') LIMIT 100)");
    while (row.step()) {
        problem("entry " + std::to_string(row.column_int64(0)) + " holds a value of another type than its column");
    }
}

void Verifier::replay() {
    Statement row = m_connection.prepare(R"(
        SELECT sequence, amount, timeout_s, time_us, transfer_id, debit_account, credit_account, unit, code, reference, state, hash,
               expires_at_us, resolves
        FROM ledger_entry NOT INDEXED ORDER BY sequence)");
    while (row.step()) {
        const auto text = [&](int column) { return std::string(row.column_text(column)); };
        const auto optional = [&](int column) { return row.is_null(column) ? std::nullopt : std::optional(row.column_int64(column)); };
        const auto hash = row.column_blob(11);
        const Entry entry{row.column_int64(0),
                          row.column_int64(1),
                          row.column_int64(2),
                          row.column_int64(3),
                          text(4),
                          text(5),
                          text(6),
                          text(7),
                          text(8),
                          text(9),
                          text(10),
                          std::string(hash.begin(), hash.end()),
                          optional(12),
                          optional(13)};
        check_place(entry);
        check_content(entry);
        check_hash(entry);
        check_accounts(entry);
        const std::optional<Entry> reversed = m_rules.apply(entry);
        move_points(entry);
        m_lots.apply(entry, reversed ? &*reversed : nullptr);
        ++m_report.transfers;
    }
}

void Verifier::check_place(const Entry &entry) {
    if (entry.sequence != m_sequence + 1) {
        problem_at(entry, "follows entry " + std::to_string(m_sequence) + ": the sequence has a gap");
    }
    if (entry.time_us <= m_time_us) {
        problem_at(entry, "is of time " + std::to_string(entry.time_us) + " µs, not after " + std::to_string(m_time_us) + " µs of the one before");
    }
    m_sequence = entry.sequence;
    m_time_us = entry.time_us;
}

void Verifier::check_content(const Entry &entry) {
    if (entry.id.empty()) {
        problem_at(entry, "has no transfer id");
    }
    if (entry.code.empty()) {
        problem_at(entry, "has no code");
    }
    if (entry.amount <= 0) {
        problem_at(entry, "moves " + std::to_string(entry.amount) + " points: not a positive number");
    }
    if (entry.state != "posted" && entry.state != "pending" && entry.state != "voided" && entry.state != "expired") {
        problem_at(entry, "has the state " + in_quotes(entry.state) + ": neither posted nor pending, voided nor expired");
    }
    if (entry.timeout_s < 0 || (entry.timeout_s > 0 && entry.state != "pending")) {
        problem_at(entry, "has the timeout " + std::to_string(entry.timeout_s) + " s and the state " + in_quotes(entry.state));
    }
    if (entry.resolves && entry.state == "pending") {
        problem_at(entry, "ends entry " + std::to_string(*entry.resolves) + " and is pending itself");
    }
    if (entry.expires_at_us && (!entry.credit.starts_with("member:") || (!entry.resolves && *entry.expires_at_us <= entry.time_us))) {
        problem_at(entry, "brings points that expire at " + std::to_string(*entry.expires_at_us) + " µs to the account " + in_quotes(entry.credit));
    }
}

void Verifier::check_hash(const Entry &entry) {
    const std::string expected = recompute_hash(m_hash, entry);
    if (entry.hash != expected) {
        problem_at(entry, "has the hash " + hex(entry.hash) + ", but its content after the entry before gives " + hex(expected));
    }
    m_hash = entry.hash; // so that one changed entry is one broken link, not all after it
    m_hash.resize(32, '\0');
}

void Verifier::check_accounts(const Entry &entry) {
    const auto debit = kind_of(entry.debit);
    const auto credit = kind_of(entry.credit);
    if (!debit || !credit) {
        problem_at(entry, "names the account " + in_quotes(debit ? entry.credit : entry.debit) + ", which is of no known kind");
    } else if (may_pay[*debit][*credit] != 'x') {
        problem_at(entry, "moves points from " + in_quotes(entry.debit) + " to " + in_quotes(entry.credit) + ", which those kinds may not");
    }
    if (entry.debit == entry.credit) {
        problem_at(entry, "has the account " + in_quotes(entry.debit) + " on both sides");
    }
    for (const std::string &account : {entry.debit, entry.credit}) {
        const std::string &unit = m_totals.try_emplace(account, Totals{entry.unit, {}}).first->second.unit;
        if (unit != entry.unit) {
            problem_at(entry, "is in unit " + in_quotes(entry.unit) + ", but the account " + in_quotes(account) + " has " + in_quotes(unit));
        }
    }
}

void Verifier::add(const Entry &entry, const std::string &account, std::size_t column, std::int64_t amount) {
    std::int64_t &sum = m_totals.find(account)->second.sums[column];
    if (__builtin_add_overflow(sum, amount, &sum)) {
        problem_at(entry, "takes " + std::string(column_names[column]) + " of the account " + in_quotes(account) + " past 64 bits");
    }
}

std::int64_t Verifier::available(const std::string &account) const {
    const auto found = m_totals.find(account);
    const auto sums = found == m_totals.end() ? Totals{}.sums : found->second.sums;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(sums[2]) - static_cast<std::uint64_t>(sums[0]) - static_cast<std::uint64_t>(sums[1]));
}

// Both sides change by the same amount here, so that sum of debits = sum of credits at every sequence; compare_accounts() holds the stored
// totals against these. What an entry ends leaves the pending columns; what is voided or has expired goes nowhere else.
void Verifier::move_points(const Entry &entry) {
    const std::int64_t released = m_rules.released_by(entry);
    add(entry, entry.debit, 1, -released);
    add(entry, entry.credit, 3, -released);
    if (entry.state == "posted" || entry.state == "pending") {
        const std::size_t pending = entry.state == "pending" ? 1 : 0;
        add(entry, entry.debit, pending, entry.amount);
        add(entry, entry.credit, 2 + pending, entry.amount);
    }
    const auto &sums = m_totals.find(entry.debit)->second.sums;
    std::int64_t spent = 0;
    if (entry.debit.starts_with("issuer:")) {
        return;
    }
    if (__builtin_add_overflow(sums[0], sums[1], &spent) || sums[2] < spent) {
        problem_at(entry, "takes the account " + in_quotes(entry.debit) + " below zero: " + std::to_string(sums[2]) + " points came in, " +
                              std::to_string(sums[0]) + " went out and " + std::to_string(sums[1]) + " are reserved");
    }
}

void Verifier::check_ids() {
    // Past the indexes on purpose: an index that was cut would hide what it does not list.
    Statement twice = m_connection.prepare(R"(
        SELECT transfer_id, min(sequence), max(sequence) FROM ledger_entry NOT INDEXED GROUP BY transfer_id HAVING count(*) > 1 LIMIT 100)");
    while (twice.step()) {
        problem("entries " + std::to_string(twice.column_int64(1)) + " and " + std::to_string(twice.column_int64(2)) + " have the same transfer id " +
                in_quotes(twice.column_text(0)));
    }
    Statement failed = m_connection.prepare(R"(
        SELECT entry.sequence, failed.transfer_id, failed.outcome FROM ledger_entry AS entry NOT INDEXED
        CROSS JOIN ledger_failed_id AS failed ON failed.transfer_id = entry.transfer_id LIMIT 100)");
    while (failed.step()) {
        problem("entry " + std::to_string(failed.column_int64(0)) + " has the transfer id " + in_quotes(failed.column_text(1)) +
                ", which was refused as " + std::string(failed.column_text(2)));
    }
}

void Verifier::compare_account(const Statement &row, const Totals &computed) {
    const std::string account = in_quotes(row.column_text(0));
    if (!computed.unit.empty() && row.column_text(2) != computed.unit) {
        problem("the account " + account + " is stored with unit " + in_quotes(row.column_text(2)) + ", but its entries are in " +
                in_quotes(computed.unit));
    }
    for (std::size_t column = 0; column < column_names.size(); ++column) {
        const std::int64_t stored = row.column_int64(3 + static_cast<int>(column));
        if (stored != computed.sums[column]) {
            problem("the account " + account + " is stored with " + std::string(column_names[column]) + " " + std::to_string(stored) +
                    ", but its entries up to sequence " + std::to_string(m_sequence) + " give " + std::to_string(computed.sums[column]));
        }
    }
}

/// "redeemed/childcare" holds points of childcare, "member:m-7f3a" those without a purpose; only issuers, budgets and draws do not say it.
void Verifier::check_unit(std::string_view account, std::string_view unit) {
    const std::size_t slash = account.find('/');
    const std::string_view named = slash == std::string_view::npos ? "nin" : account.substr(slash + 1);
    const bool says_it =
        account.starts_with("member:") || account.starts_with("shop:") || account.starts_with("redeemed") || account.starts_with("expired");
    if (says_it && named != unit) {
        problem("the account " + in_quotes(account) + " is stored with unit " + in_quotes(unit) + ", which is not the one that its id names");
    }
}

void Verifier::compare_accounts() {
    Statement row = m_connection.prepare(R"(
        SELECT account_id, kind, unit, debits_posted, debits_pending, credits_posted, credits_pending FROM ledger_account NOT INDEXED)");
    while (row.step()) {
        ++m_report.accounts;
        const auto kind = kind_of(row.column_text(0));
        if (!kind || kind_names[*kind] != row.column_text(1)) {
            problem("the account " + in_quotes(row.column_text(0)) + " is stored as of kind " + in_quotes(row.column_text(1)) +
                    ", which its id does not say");
        }
        check_unit(row.column_text(0), row.column_text(2));
        const auto found = m_totals.find(row.column_text(0));
        compare_account(row, found == m_totals.end() ? Totals{} : found->second);
        if (found != m_totals.end()) {
            m_totals.erase(found);
        }
    }
    for (const auto &[account, totals] : m_totals) {
        problem("the entries up to sequence " + std::to_string(m_sequence) + " name the account " + in_quotes(account) + ", which is not stored");
    }
}

void Verifier::compare_head() {
    Statement row = m_connection.prepare("SELECT sequence, time_us, hash FROM ledger_head");
    if (!row.step()) {
        problem("the ledger has no head, but " + std::to_string(m_sequence) + " entries");
        return;
    }
    const auto blob = row.column_blob(2);
    const std::string hash(blob.begin(), blob.end());
    if (row.column_int64(0) != m_sequence || row.column_int64(1) != m_time_us || hash != m_hash) {
        problem("the head says sequence " + std::to_string(row.column_int64(0)) + ", time " + std::to_string(row.column_int64(1)) + " µs and hash " +
                hex(hash) + ", but the last entry has " + std::to_string(m_sequence) + ", " + std::to_string(m_time_us) + " µs and " + hex(m_hash));
    }
    if (row.step()) {
        problem("the ledger must have one head, but has several");
    }
}

} // namespace

LedgerReport verify_ledger(Connection &connection) { return Verifier(connection).run(); }

} // namespace keyaki::data
