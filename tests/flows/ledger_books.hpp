#pragma once

#include "tests/support/http_client.hpp"
#include "tests/support/live_server.hpp"
#include "tests/support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace keyaki::test {

inline const std::vector<std::string> as_json{"Content-Type: application/json"};

/// Runs keyaki with these words; the test ends where it fails.
CommandResult keyaki_must(std::vector<std::string> words);
[[nodiscard]] std::string make_key(const std::filesystem::path &database, const std::string &scopes);

/// Two budgets with points, a bakery that takes all points, and a nursery that takes tickets for children too.
struct LedgerBooks {
    TemporaryFolder folder;
    std::filesystem::path database = folder / "city.sqlite";
    std::filesystem::path head = folder / "head.txt";
    std::string key;        ///< ledger:write, ledger:read, webhooks:write, members:read
    std::string bakery_key; ///< ledger:spend:bakery

    LedgerBooks();
    /// For `keyaki serve`: the head goes to its file, and events to this machine where `is_loopback_allowed`.
    [[nodiscard]] std::vector<std::string> options(bool is_loopback_allowed = true) const;
};

HttpAnswer transfer(HttpClient &client, const std::string &id, const std::string &debit, const std::string &credit, int amount,
                    const nlohmann::json &more = nlohmann::json::object());
/// An award to a member that is held, then posted or voided: one event of points.
void award(HttpClient &client, const std::string &id, const std::string &member, const std::string &ending = "post");

} // namespace keyaki::test
