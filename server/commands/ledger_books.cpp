#include "server/commands/ledger_books.hpp"

#include "geo/error.hpp"
#include "server/commands/command.hpp"
#include "server/commands/reconciliation.hpp"
#include "server/flows/ledger_postings.hpp"
#include "server/identifiers.hpp"
#include "server/ledger_json.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>

namespace keyaki::server::commands {

namespace {

struct Words {
    std::string account;
    std::string purpose = "nin";
    std::string shop;
    std::string shop_class;
    std::string id;
    std::string reference;
    std::string format = "csv";
    std::string from;
    std::string to;
    std::string file;
    std::int64_t amount = 0;
    std::uint64_t after = 0;
    bool is_refused = false;
};

constexpr std::size_t export_page = 1'000; ///< entries read at a time, so that a long ledger streams

std::int64_t instant(std::string_view option, const std::string &text) {
    const auto time_us = parse_rfc3339_us(text);
    if (!time_us) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected an instant such as 2026-04-01T00:00:00+09:00, found \"{}\"", option, text));
    }
    return *time_us;
}

void fund(const Common &common, const Words &words) {
    if (const auto refusal = refused_client_transfer_id(words.id)) {
        throw geo::Error(geo::ErrorKind::invalid_input, "--id: " + *refusal);
    }
    const auto store = common.open();
    const std::int64_t now = now_us();
    const std::string id = words.id.empty() ? "fund/" + make_ulid(now) : words.id;
    const std::string reference = words.reference.empty() ? "by " + command_line_author() : words.reference;
    const data::TransferResult result = fund_budget(*store, id, "budget:" + words.account, words.amount, words.purpose, reference, now);
    if (!result.transfer) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("budget:{} was not funded: the ledger answered {}", words.account, data::transfer_outcome_name(result.outcome)));
    }
    if (common.json) {
        fmt::print("{}\n", transfer_json(*result.transfer).dump());
    } else {
        fmt::print("entry {}: {} points of {} to budget:{} ({})\n", result.transfer->sequence, words.amount, words.purpose, words.account,
                   data::transfer_outcome_name(result.outcome));
    }
}

void export_entries(const Common &common, const Words &words) {
    const auto store = common.open();
    const bool is_csv = words.format == "csv";
    if (is_csv) {
        fmt::print("{}", transfer_csv_header());
    }
    std::uint64_t after = words.after;
    for (std::size_t found = export_page; found == export_page;) {
        const auto page = store->transfers(words.account, after, export_page);
        found = page.size();
        for (const data::Transfer &transfer : page) {
            after = transfer.sequence;
            fmt::print("{}", is_csv ? transfer_csv(transfer) : transfer_json(transfer).dump() + "\n");
        }
    }
}

void statement(const Common &common, const Words &words) {
    const auto store = common.open();
    const data::ShopStatement found = store->shop_statement(words.shop, instant("--from", words.from), instant("--to", words.to));
    if (found.accounts.empty()) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("the shop \"{}\" has no account", words.shop));
    }
    fmt::print("{}", common.json ? statement_json(found).dump() + "\n" : statement_csv(found));
}

void put_shop(const Common &common, const Words &words) {
    const auto store = common.open();
    store->write([&](data::WriteTransaction &books) { books.put_shop(words.shop, words.shop_class, command_line_author(), now_us()); });
    fmt::print("shop {} is of class {}\n", words.shop, words.shop_class);
}

void put_purpose(const Common &common, const Words &words) {
    const auto store = common.open();
    store->write([&](data::WriteTransaction &books) {
        books.put_purpose(words.purpose, words.shop_class, !words.is_refused, command_line_author(), now_us());
    });
    fmt::print("shops of class {} {} points of {}\n", words.shop_class, words.is_refused ? "do not take" : "take", words.purpose);
}

void list_shops(const Common &common) {
    const auto store = common.open();
    for (const data::Shop &shop : store->shops()) {
        fmt::print("shop {:<40} class {}\n", shop.name, shop.shop_class);
    }
    for (const data::PurposeClass &purpose : store->purpose_classes()) {
        fmt::print("points of {:<34} are taken by class {}\n", purpose.purpose, purpose.shop_class);
    }
}

void reverse(const Common &common, const Words &words) {
    const auto store = common.open();
    data::ReverseResult result;
    store->write([&](data::WriteTransaction &books) { result = books.reverse({words.id, words.reference}, now_us()); });
    if (result.outcome != data::ReverseOutcome::created && result.outcome != data::ReverseOutcome::exists) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("{} was not reversed: the ledger answered {}", words.id, data::reverse_outcome_name(result.outcome)));
    }
    fmt::print("{}\n", transfer_json(*result.transfer).dump());
}

void reconcile_with(const Common &common, const Words &words) {
    std::ifstream copy(words.file);
    if (!copy) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {} that can be read", words.file));
    }
    const auto store = common.open();
    const Reconciliation result = reconcile(*store, copy);
    for (const std::string &finding : result.findings) {
        fmt::print("{}\n", finding);
    }
    if (!result.findings.empty()) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("the copy and the ledger differ: {} findings", result.findings.size()));
    }
    fmt::print("{} entries of the copy are those of the ledger, which has {} newer ones; every shop's total is the sum of its postings\n",
               result.lines, result.newer);
}

void add_shop_commands(CLI::App &ledger, const std::shared_ptr<Common> &common, const std::shared_ptr<Words> &words) {
    auto *shop = ledger.add_subcommand("shop", "Say of which class a shop is");
    shop->footer("Example: keyaki ledger shop bakery general");
    shop->add_option("shop", words->shop, "The shop's name, as in shop:NAME")->required();
    shop->add_option("class", words->shop_class, "general, childcare, …")->required();
    add_common_options(*shop, *common, false);
    shop->callback([common, words] { put_shop(*common, *words); });

    auto *purpose = ledger.add_subcommand("purpose", "Say which class of shops takes points of a purpose");
    purpose->footer("Example: keyaki ledger purpose childcare nurseries\n         keyaki ledger purpose premium-2026 supermarkets --no-longer");
    purpose->add_option("purpose", words->purpose, "The unit of the points, as in budget accounts")->required();
    purpose->add_option("class", words->shop_class, "The class of shops")->required();
    purpose->add_flag("--no-longer", words->is_refused, "They do not take them any more");
    add_common_options(*purpose, *common, false);
    purpose->callback([common, words] { put_purpose(*common, *words); });

    auto *shops = ledger.add_subcommand("shops", "Shops with their classes, and purposes with theirs");
    shops->footer("Example: keyaki ledger shops");
    add_common_options(*shops, *common, false);
    shops->callback([common] { list_shops(*common); });

    auto *statements = ledger.add_subcommand("statement", "What a shop took and was paid: opening, lines, closing, for each purpose");
    statements->footer("Example: keyaki ledger statement bakery --from 2026-04-01T00:00:00+09:00 --to 2026-05-01T00:00:00+09:00");
    statements->add_option("shop", words->shop, "The shop's name, as in shop:NAME")->required();
    statements->add_option("--from", words->from, "The first instant")->required();
    statements->add_option("--to", words->to, "The first instant after")->required();
    add_common_options(*statements, *common, true);
    statements->callback([common, words] { statement(*common, *words); });
}

} // namespace

void add_ledger_books(CLI::App &ledger) {
    const auto common = std::make_shared<Common>();
    const auto words = std::make_shared<Words>();
    auto *funding = ledger.add_subcommand("fund", "Issue points into a budget");
    funding->footer("Example: keyaki ledger fund childcare-2026 100000 --purpose childcare --reference 'council decision 12'");
    funding->add_option("budget", words->account, "The budget's name, as in budget:NAME")->required();
    funding->add_option("amount", words->amount, "Points")->required();
    funding->add_option("--purpose", words->purpose, "The unit of the points (nin)");
    funding->add_option("--id", words->id, "The transfer's id, so that asking twice funds once; made anew without");
    funding->add_option("--reference", words->reference, "The document behind it");
    add_common_options(*funding, *common, true);
    funding->callback([common, words] { fund(*common, *words); });

    auto *exporting = ledger.add_subcommand("export", "All entries, or those of an account, as CSV or JSON lines");
    exporting->footer("Example: keyaki ledger export --format jsonl --after 41 > ledger.jsonl");
    exporting->add_option("account", words->account, "The account's id; all without");
    exporting->add_option("--format", words->format, "csv or jsonl")->check(CLI::IsMember({"csv", "jsonl"}));
    exporting->add_option("--after", words->after, "The sequence of the last entry that is known");
    add_common_options(*exporting, *common, false);
    exporting->callback([common, words] { export_entries(*common, *words); });

    auto *reversing = ledger.add_subcommand("reverse", "Reverse a posted transfer, once, by a new one the other way round");
    reversing->footer("Example: keyaki ledger reverse award/walk/spots/7/m-1 --reference 'complaint 5'");
    reversing->add_option("id", words->id, "The transfer's id")->required();
    reversing->add_option("--reference", words->reference, "Why");
    add_common_options(*reversing, *common, false);
    reversing->callback([common, words] { reverse(*common, *words); });
    auto *reconciling = ledger.add_subcommand("reconcile", "Compare an export that was kept elsewhere with the ledger, line by line");
    reconciling->footer("Example: keyaki ledger reconcile chamber-copy.jsonl");
    reconciling->add_option("file", words->file, "The export, of --format jsonl")->required();
    add_common_options(*reconciling, *common, false);
    reconciling->callback([common, words] { reconcile_with(*common, *words); });
    add_shop_commands(ledger, common, words);
}

} // namespace keyaki::server::commands
