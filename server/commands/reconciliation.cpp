#include "server/commands/reconciliation.hpp"

#include "geo/error.hpp"
#include "server/json_reader.hpp"
#include "server/ledger_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <optional>

namespace keyaki::server::commands {

namespace {

constexpr std::size_t findings_max = 100;
constexpr std::size_t page = 1'000; ///< entries read at a time

void add(Reconciliation &result, std::string sentence) {
    if (result.findings.size() < findings_max) {
        result.findings.push_back(std::move(sentence));
    }
}

std::uint64_t sequence_of(const nlohmann::json &line, std::uint64_t number) {
    const auto found = line.is_object() ? line.find("sequence") : line.end();
    if (!line.is_object() || found == line.end() || !found->is_number_unsigned()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("line {} of the copy: expected an entry with a sequence, found none", number));
    }
    return found->get<std::uint64_t>();
}

/// The first field that differs, with both values.
std::string difference(const nlohmann::json &copy, const nlohmann::json &entry) {
    for (const auto &[name, value] : entry.items()) {
        if (!copy.contains(name) || copy[name] != value) {
            return fmt::format("{} is {} in the copy and {} in the ledger", name, copy.contains(name) ? copy[name].dump() : "missing", value.dump());
        }
    }
    return "the copy has a field that the ledger has not";
}

/// Walks the ledger beside the copy: an export is in its order.
class Walk {
  public:
    explicit Walk(data::Store &store) : m_store(store) {}

    /// The entry of this number, or nothing where the ledger ends before it; numbers only grow.
    std::optional<data::Transfer> find(std::uint64_t sequence) {
        while (m_place < m_entries.size() && m_entries[m_place].sequence < sequence) {
            ++m_place;
        }
        if (m_place == m_entries.size()) {
            m_entries = m_store.transfers("", sequence - 1, page);
            m_place = 0;
        }
        const bool is_there = m_place < m_entries.size() && m_entries[m_place].sequence == sequence;
        return is_there ? std::optional(m_entries[m_place]) : std::nullopt;
    }

  private:
    data::Store &m_store;
    std::vector<data::Transfer> m_entries;
    std::size_t m_place = 0;
};

void compare_shops(data::Store &store, Reconciliation &result) {
    constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();
    for (const data::Account &account : store.accounts()) {
        if (account.kind != data::AccountKind::shop) {
            continue;
        }
        const auto recomputed = store.account_at(account.id, for_ever);
        if (!recomputed || recomputed->posted() != account.posted()) {
            add(result, fmt::format("the account {} is stored with {} points, but its postings give {}", account.id, account.posted(),
                                    recomputed ? recomputed->posted() : 0));
        }
    }
}

} // namespace

Reconciliation reconcile(data::Store &store, std::istream &copy) {
    Reconciliation result;
    Walk walk(store);
    std::uint64_t last = 0;
    for (std::string line; std::getline(copy, line);) {
        ++result.lines;
        const nlohmann::json json = parse_json(line, fmt::format("line {} of the copy", result.lines));
        const std::uint64_t sequence = sequence_of(json, result.lines);
        if (sequence <= last) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("line {} of the copy: expected an entry after {}, found {}", result.lines, last, sequence));
        }
        last = sequence;
        const auto entry = walk.find(sequence);
        if (!entry) {
            add(result, fmt::format("entry {} stands in the copy, but not in the ledger", sequence));
        } else if (const nlohmann::json found = nlohmann::json::parse(transfer_json(*entry).dump()); found != json) {
            add(result, fmt::format("entry {}: {}", sequence, difference(json, found)));
        }
    }
    const std::uint64_t head = store.ledger_head().sequence;
    result.last = last;
    result.newer = head > last ? head - last : 0;
    compare_shops(store, result);
    return result;
}

} // namespace keyaki::server::commands
