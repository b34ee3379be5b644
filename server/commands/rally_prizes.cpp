#include "server/commands/command.hpp"
#include "server/commands/sheet_pdf.hpp"

#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/flows/snapshots.hpp"
#include "server/flows/spot_sets.hpp"
#include "server/http/request.hpp"
#include "server/imports/feature_names.hpp"
#include "server/rally/draw.hpp"
#include "server/rally/limits.hpp"
#include "server/rally/nfc_tap.hpp"
#include "server/rally/one_time_code.hpp"
#include "server/rally/qr_sheet.hpp"
#include "server/text_file.hpp"
#include "server/time.hpp"
#include "tiles/layer_snapshot.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t max_draw_bytes = std::size_t{64} * 1024 * 1024;

std::shared_ptr<const VersionedRally> require_rally(const Rallies &rallies, const std::string &id) {
    auto rally = rallies.find(id);
    if (!rally) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no rally \"{}\"", id));
    }
    return rally;
}

struct DrawWords {
    std::string rally;
    std::size_t winners = 0;
    std::string announce;
    std::string seed;
    std::string verify;
};

void verify(const std::string &file, bool as_json) {
    const rally::DrawDocument document = rally::parse_draw(read_text_file(file, max_draw_bytes));
    const std::vector<std::string> problems = rally::verify_draw(document);
    if (as_json) {
        fmt::print("{}\n", ordered_json{{"entries", document.entries.size()}, {"winners", document.winners}, {"problems", problems}}.dump());
    }
    if (!problems.empty()) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("the draw does not verify: {}", problems.front()));
    }
    if (!as_json) {
        const auto &holders = document.holders;
        const std::string who =
            holders.empty() ? "" : fmt::format(" of {} members, each of whom wins at most once,", *std::max_element(holders.begin(), holders.end()));
        fmt::print("{} tickets{} with the hash {}; {}\n", document.entries.size(), who, document.hash,
                   document.seed.empty() ? std::string("not drawn yet")
                                         : fmt::format("the {} winners follow from the seed", document.winners.size()));
    }
}

void draw_or_close(const Common &common, const DrawWords &words) {
    if (!words.verify.empty()) {
        verify(words.verify, common.json);
        return;
    }
    if (words.rally.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected a rally to draw, or a file to verify (--verify FILE)");
    }
    const auto store = common.open();
    if (!words.seed.empty()) {
        fmt::print("{}\n", draw(*store, words.rally, words.seed, command_line_author(), now_us()));
    } else if (words.winners > 0 && !words.announce.empty()) {
        const Rallies rallies(*store);
        fmt::print("{}\n", close_draw(*store, *require_rally(rallies, words.rally), words.winners, words.announce, command_line_author(), now_us()));
    } else {
        fmt::print("{}\n", draw_document(*store, words.rally));
    }
}

void add_draw(CLI::App &rally) {
    const auto common = std::make_shared<Common>();
    const auto words = std::make_shared<DrawWords>();
    auto *drawing = rally.add_subcommand("draw", "A draw that anybody can do again: close it, draw it, show it, verify it");
    drawing->footer("First close it, which publishes the list and says where the seed will come from:\n"
                    "  keyaki rally draw walking-2026 --winners 30 --announce \"drand quicknet, round 25000000\" > draw.json\n"
                    "When that seed is there, draw; the document then names the winners:\n"
                    "  keyaki rally draw walking-2026 --seed 7c0f… > draw.json\n"
                    "Nobody wins twice, unless the rally's completion says \"unique_winners\": false.\n"
                    "Anybody, without a database:  keyaki rally draw --verify draw.json");
    drawing->add_option("rally", words->rally, "The rally's id");
    drawing->add_option("--winners", words->winners, "How many tickets win")->check(CLI::Range(std::size_t{1}, rally::max_draw_tickets));
    drawing->add_option("--announce", words->announce, "Which outside source and round the seed will be");
    drawing->add_option("--seed", words->seed, "The seed that came since");
    drawing->add_option("--verify", words->verify, "Check a published document");
    add_common_options(*drawing, *common, true);
    drawing->callback([common, words] { draw_or_close(*common, *words); });
}

/// The code of now; with a URI for the authenticator of whoever stands at the spot.
void show_code(const Common &common, const std::string &rally_id, const std::string &spot) {
    const auto store = common.open();
    const Rallies rallies(*store);
    const auto rally = require_rally(rallies, rally_id);
    const Snapshots snapshots(*store);
    if (!SpotSets(snapshots).find(*rally, spot)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("rally {} has no spot \"{}\"", rally_id, spot));
    }
    const std::string secret = secret_of_spot(*store, rally_id, spot);
    const std::int64_t now_s = now_us() / 1'000'000;
    const std::string uri =
        fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}&algorithm=SHA1&digits=6&period=30", rally_id, spot, rally::base32(secret), rally_id);
    if (common.json) {
        fmt::print("{}\n",
                   ordered_json{{"spot", spot}, {"code", rally::one_time_code(secret, now_s)}, {"next_in_s", 30 - now_s % 30}, {"uri", uri}}.dump());
    } else {
        fmt::print("{}  for {} s more\n{}\n", rally::one_time_code(secret, now_s), 30 - now_s % 30, uri);
    }
}

void add_code(CLI::App &rally) {
    const auto common = std::make_shared<Common>();
    const auto id = std::make_shared<std::string>();
    const auto spot = std::make_shared<std::string>();
    auto *code = rally.add_subcommand("code", "The code that a spot shows now, and the secret for an authenticator that shows it there");
    code->footer(
        "Keep the secret as a key: who has it can stamp from anywhere near.\nExample: keyaki rally code preparedness-2026 shelters/daisan-chugakko");
    code->add_option("rally", *id, "The rally's id")->required();
    code->add_option("spot", *spot, "layer/feature-id")->required();
    add_common_options(*code, *common, true);
    code->callback([common, id, spot] { show_code(*common, *id, *spot); });
}

/// Ids of features may hold anything; names of files hold letters, digits, '-' and '_'.
std::string file_name_of(std::string_view id, std::size_t number) {
    std::string name = fmt::format("{:03}-", number);
    for (const char c : id) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        name += is_plain ? c : '_';
    }
    return name.substr(0, 100) + ".svg";
}

void write_sheets(const Common &common, const std::string &rally_id, const std::filesystem::path &folder, const std::string &url,
                  const std::string &pdf) {
    const auto store = common.open();
    const Rallies rallies(*store);
    const auto rally = require_rally(rallies, rally_id);
    const Snapshots snapshots(*store);
    SpotSets spots(snapshots);
    const auto snapshot = snapshots.published(rally->rally.spots.layer);
    if (!snapshot) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("layer {} is not published", rally->rally.spots.layer));
    }
    std::filesystem::create_directories(folder);
    std::vector<std::filesystem::path> files;
    snapshot->for_each([&](const tiles::FeatureRef &feature) {
        const std::string spot = rally->rally.spots.layer + "/" + std::string(feature.id());
        if (!spots.find(*rally, spot)) {
            return;
        }
        const std::string code = rally::printed_code(secret_of_spot(*store, rally_id, spot), rally_id, spot);
        std::string title = imports::name_of(feature.feature());
        title = title.empty() ? std::string(feature.id()) : title;
        const std::string text = fmt::format("{}?rally={}&spot={}&qr={}", url, rally_id, http::percent_encode(spot), code);
        const auto file = folder / file_name_of(feature.id(), files.size() + 1);
        files.push_back(file);
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out << rally::sheet_svg({rally->rally.title_ja, title, spot, text});
        out.close();
        if (!out) {
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("the sheet {} could not be written", file.string()));
        }
    });
    if (!pdf.empty() && !files.empty()) {
        write_sheet_pdf(files, pdf);
    }
    common.json ? fmt::print("{}\n", ordered_json{{"sheets", files.size()}, {"folder", folder.string()}}.dump())
                : fmt::print("{} sheets in {}\n", files.size(), folder.string());
}

void add_sheets(CLI::App &rally) {
    const auto common = std::make_shared<Common>();
    const auto id = std::make_shared<std::string>();
    const auto folder = std::make_shared<std::string>();
    const auto url = std::make_shared<std::string>();
    const auto pdf = std::make_shared<std::string>();
    auto *sheets = rally.add_subcommand("sheets", "Write a page with a QR code for each spot (SVG, A5) to hang there");
    sheets->footer("A printed code can be photographed: it helps where a position alone is not clear, and never stamps without one.\n"
                   "A PDF is made by rsvg-convert (apt-get install librsvg2-bin fontconfig fonts-noto-cjk).\n"
                   "Example: keyaki rally sheets preparedness-2026 sheets/ --pdf sheets.pdf --url https://map.example.jp/stamp");
    sheets->add_option("rally", *id, "The rally's id")->required();
    sheets->add_option("folder", *folder, "Where the pages go")->required();
    sheets->add_option("--url", *url, "The address that the codes open, of the city's app")->required();
    sheets->add_option("--pdf", *pdf, "A file for all of them, a page of A4 each");
    add_common_options(*sheets, *common, true);
    sheets->callback([common, id, folder, url, pdf] { write_sheets(*common, *id, *folder, *url, *pdf); });
}

struct TagWords {
    std::string rally;
    std::string spot;
    std::string uid;
    std::string key_file;
};

/// The key comes in a file, so that it stands in no list of processes and no history of a shell.
void put_tag(const Common &common, const TagWords &words) {
    data::EvidenceBook::Tag tag;
    tag.rally = words.rally;
    tag.spot = words.spot;
    std::string key = read_text_file(words.key_file, 1'000);
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' ')) {
        key.pop_back();
    }
    if (!rally::read_hex(words.uid, tag.uid)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("--uid: expected 14 hexadecimal digits, found \"{}\"", words.uid));
    }
    if (!rally::read_hex(key, tag.file_key)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: expected a key of 32 hexadecimal digits", words.key_file));
    }
    const auto store = common.open();
    const Rallies rallies(*store);
    const auto rally = require_rally(rallies, words.rally);
    const Snapshots snapshots(*store);
    if (!SpotSets(snapshots).find(*rally, words.spot)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("rally {} has no spot \"{}\"", words.rally, words.spot));
    }
    store->write([&](data::WriteTransaction &transaction) {
        transaction.books().evidence.put_tag(tag);
        transaction.insert_audit(
            {now_us(), command_line_author(), "tag.put", words.rally, ordered_json{{"spot", words.spot}, {"uid", words.uid}}.dump()});
    });
    common.json ? fmt::print("{}\n", ordered_json{{"uid", words.uid}, {"spot", words.spot}}.dump())
                : fmt::print("the tag {} is of spot {} now\n", words.uid, words.spot);
}

void add_tag(CLI::App &rally) {
    const auto common = std::make_shared<Common>();
    const auto words = std::make_shared<TagWords>();
    auto *tag = rally.add_subcommand("tag", "Say which NFC tag (NTAG 424 DNA) is at a spot");
    tag->footer("The tag is set up to mirror UID and counter into its address, in clear, and to sign them with this file key (SUN, AN12196).\n"
                "Example: keyaki rally tag walking-2026 spots/museum --uid 04DE5F1EACC040 --key-file museum.key");
    tag->add_option("rally", words->rally, "The rally's id")->required();
    tag->add_option("spot", words->spot, "layer/feature-id")->required();
    tag->add_option("--uid", words->uid, "The tag's UID, 14 hexadecimal digits")->required();
    tag->add_option("--key-file", words->key_file, "A file with its key, 32 hexadecimal digits")->required();
    add_common_options(*tag, *common, true);
    tag->callback([common, words] { put_tag(*common, *words); });
}

} // namespace

void add_rally_prizes(CLI::App &rally) {
    add_draw(rally);
    add_code(rally);
    add_sheets(rally);
    add_tag(rally);
}

} // namespace keyaki::server::commands
