#include "server/commands/command.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/commands/ledger_audit.hpp"
#include "server/commands/ledger_books.hpp"
#include "server/flows/published_head.hpp"
#include "server/ledger_json.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t history_page = 1'000; ///< entries read at a time, so that a long history streams

void print_account(const data::Account &account) {
    fmt::print("{:<40} {:>12} available  {:>12} posted  {:>8} pending out  {:>8} pending in\n", account.id, account.available(), account.posted(),
               account.debits_pending, account.credits_pending);
}

/// One account, or all of them for an empty id.
void balance(const Common &common, const std::string &id, const std::string &at) {
    const auto store = common.open();
    std::vector<data::Account> accounts;
    if (!at.empty()) {
        const auto at_us = parse_rfc3339_us(at);
        if (!at_us) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("--at: expected an instant such as 2026-04-01T00:00:00+09:00, found \"{}\"", at));
        }
        const auto asked = id.empty() ? store->accounts() : std::vector{data::Account{id, {}, {}, 0, 0, 0, 0}};
        for (const data::Account &account : asked) {
            if (auto then = store->account_at(account.id, *at_us)) {
                accounts.push_back(*std::move(then));
            } else {
                throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no account \"{}\"", account.id));
            }
        }
    } else if (id.empty()) {
        accounts = store->accounts();
    } else if (auto account = store->find_account(id)) {
        accounts.push_back(std::move(*account));
    } else {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no account \"{}\"", id));
    }
    auto list = ordered_json::array();
    for (const data::Account &account : accounts) {
        common.json ? list.push_back(account_json(account)) : print_account(account);
    }
    if (common.json) {
        fmt::print("{}\n", list.dump());
    }
}

void history(const Common &common, const std::string &id) {
    const auto store = common.open();
    if (!id.empty() && !store->find_account(id)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no account \"{}\"", id));
    }
    std::uint64_t after = 0;
    for (std::size_t found = history_page; found == history_page;) {
        const auto page = store->transfers(id, after, history_page);
        found = page.size();
        for (const data::Transfer &transfer : page) {
            after = transfer.sequence;
            if (common.json) {
                fmt::print("{}\n", transfer_json(transfer).dump());
            } else {
                fmt::print("{:>8}  {}  {:>8}  {} -> {}  {}  {}\n", transfer.sequence, format_rfc3339_jst(transfer.time_us), transfer.request.amount,
                           transfer.request.debit_account, transfer.request.credit_account, transfer.request.code, transfer.request.id);
            }
        }
    }
}

void verify(const Common &common, const std::string &head_file) {
    const auto store = common.open();
    if (!head_file.empty()) {
        const PublishedHead published(head_file);
        if (!published.read()) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", head_file));
        }
        published.require_no_step_back(*store);
    }
    const data::LedgerReport report = store->verify_ledger();
    if (common.json) {
        fmt::print("{}\n", ordered_json{{"accounts", report.accounts},
                                        {"transfers", report.transfers},
                                        {"head", head_json(report.head)},
                                        {"problems", report.problems}}
                               .dump());
    } else {
        fmt::print("{} accounts, {} transfers, head {}\n", report.accounts, report.transfers, data::to_hex(report.head.hash));
        for (const std::string &problem : report.problems) {
            fmt::print("  {}\n", problem);
        }
    }
    if (!report.problems.empty()) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("the ledger does not verify: {} problems", report.problems.size()));
    }
    if (!common.json) {
        fmt::print("the chain, every total and every rule hold\n");
    }
}

} // namespace

void add_ledger(CLI::App &keyaki) {
    auto *ledger = keyaki.add_subcommand("ledger", "Balances, history and proof of the ledger");
    ledger->require_subcommand(1);
    const auto common = std::make_shared<Common>();
    const auto account = std::make_shared<std::string>();

    auto *balances = ledger->add_subcommand("balance", "What an account has; all accounts without one");
    balances->footer("Example: keyaki ledger balance budget:preparedness-2026");
    balances->add_option("account", *account, "The account's id");
    const auto at = std::make_shared<std::string>();
    balances->add_option("--at", *at, "As it was then, recomputed from the entries; now without");
    add_common_options(*balances, *common, true);
    balances->callback([common, account, at] { balance(*common, *account, *at); });

    auto *entries = ledger->add_subcommand("history", "The entries of an account; all entries without one");
    entries->footer("Example: keyaki ledger history member:m-7f3a");
    entries->add_option("account", *account, "The account's id");
    add_common_options(*entries, *common, true);
    entries->callback([common, account] { history(*common, *account); });

    auto *verifying = ledger->add_subcommand("verify", "Recompute the chain, every total and every rule from the entries alone");
    verifying->footer("Example: keyaki ledger verify --database city.sqlite");
    const auto head = std::make_shared<std::string>();
    verifying->add_option("--head", *head, "A file with a head that was published: the ledger must not be behind it");
    add_common_options(*verifying, *common, true);
    verifying->callback([common, head] { verify(*common, *head); });
    add_ledger_audit(*ledger);
    add_ledger_books(*ledger);
}

} // namespace keyaki::server::commands
