#pragma once

#include "data/store.hpp"
#include "server/flows/current_state.hpp"
#include "server/rally/rally.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace keyaki::server {

/// A configuration with the number that the store gave it.
struct VersionedRally {
    rally::Rally rally;
    std::uint64_t version = 0;
};

/// The newest version of every rally, parsed once. Any thread.
class Rallies {
  public:
    explicit Rallies(data::Store &store) : m_store(store) { refresh(); }

    /// Reads again what was put since; called when the store has changed.
    void refresh();
    /// nullptr when there is none of that id.
    [[nodiscard]] std::shared_ptr<const VersionedRally> find(std::string_view id) const;

  private:
    using Table = std::map<std::string, std::shared_ptr<const VersionedRally>, std::less<>>;
    static void add_readable(Table &table, const data::Rally &stored);

    data::Store &m_store;
    std::mutex m_refreshing;
    CurrentState<Table> m_table{std::make_shared<const Table>()};
};

/// Puts a rally and moves the difference of its budget, in one transaction: from the issuer to the rally, or back when the budget shrinks.
/// Conflict when more would go back than the rally has left. The same configuration again changes nothing.
struct RallyPut {
    data::Rally stored;
    bool changed = false;
    std::int64_t moved_points = 0; ///< to the rally's budget; negative: back to the issuer
};
[[nodiscard]] RallyPut put_rally(data::Store &store, std::string_view json, std::string_view author, std::int64_t now_us);

} // namespace keyaki::server
