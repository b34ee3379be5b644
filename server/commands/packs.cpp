#include "server/commands/command.hpp"

#include "geo/error.hpp"
#include "server/commands/progress.hpp"
#include "server/packs/key_file.hpp"
#include "server/packs/limits.hpp"
#include "server/packs/pack_builder.hpp"
#include "server/packs/pack_check.hpp"
#include "server/packs/pack_delta.hpp"
#include "server/text_file.hpp"
#include "tiles/archive_tilejson.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <thread>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

struct PackArguments {
    Common common;
    std::string folder;
    std::string other; ///< the new pack of a delta, or the delta that is applied
    std::string out;
    std::string key_file;
    std::string layers;
    std::vector<std::string> bases;
    std::string bbox;
    std::string progress = "auto";
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

TileProgress progress_to(ProgressLine &line) {
    return [&line](std::uint64_t done, std::uint64_t total, std::string_view unit) {
        Interruption::check();
        line.update(done, total, unit);
    };
}

/// What --base names; without it the archive that the settings call "base".
std::vector<packs::PackBase> open_bases(const PackArguments &arguments, const Settings &settings) {
    std::vector<packs::PackBase> bases;
    const auto open = [&bases](const ArchiveSettings &base) {
        const auto archive = open_archive(base.file);
        bases.push_back({archive, attribution_of(*archive, base)});
    };
    for (const std::string &file : arguments.bases) {
        open({.id = {}, .file = file, .title_ja = {}, .title_en = {}, .attribution = {}});
    }
    for (const ArchiveSettings &known : settings.archives) {
        if (known.id == "base" && arguments.bases.empty()) {
            open(known);
        }
    }
    return bases;
}

std::filesystem::path key_file_of(const PackArguments &arguments, const Settings &settings) {
    std::filesystem::path file = arguments.key_file.empty() ? settings.pack_key : std::filesystem::path(arguments.key_file);
    if (file.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "a pack is signed: expected --key FILE or the setting pack_key, found neither (`keyaki pack key create FILE` makes one)");
    }
    return file;
}

void print_pack(const PackArguments &arguments, const packs::BuiltPack &pack, const packs::PublicKey &key) {
    const packs::Manifest &manifest = pack.manifest;
    if (arguments.common.json) {
        fmt::print("{}\n", ordered_json{{"folder", arguments.folder},
                                        {"version", pack.version},
                                        {"tiles", pack.tiles},
                                        {"shelters", manifest.shelters},
                                        {"files", manifest.files.size()},
                                        {"bytes", manifest.bytes()},
                                        {"key", packs::to_text(key.id)}}
                               .dump());
        return;
    }
    fmt::print("{}: pack {} of {} layers, {} tiles, {} shelters; {} files, {} bytes, signed by the key {}\n", arguments.folder, pack.version,
               manifest.layers.size(), pack.tiles, manifest.shelters, manifest.files.size(), manifest.bytes(), packs::to_text(key.id));
    if (manifest.find(packs::shelters_name) == nullptr) {
        fmt::print("{}: there is no layer {} among those that were chosen, so nobody finds a shelter by it\n", arguments.folder,
                   packs::shelter_layer);
    }
}

void build(const PackArguments &arguments) {
    const Interruption interruption;
    const Settings settings = arguments.common.settings();
    const packs::SecretKey key = packs::read_key_file(key_file_of(arguments, settings));
    packs::PackChoice choice;
    choice.layers = arguments.layers.empty() ? settings.pack_layers : arguments.layers;
    choice.area = parse_box_option(arguments.bbox);
    choice.bases = open_bases(arguments, settings);
    const auto store = arguments.common.open();
    Snapshots snapshots(*store);
    packs::BuiltPack pack;
    {
        ProgressLine line(arguments.folder, parse_progress_style(arguments.progress));
        pack = packs::build_pack(arguments.folder, packs::choose_content(snapshots, choice), key, arguments.threads, progress_to(line));
    }
    print_pack(arguments, pack, key.public_key());
}

/// A .pub file, or the key itself as minisign's -P takes it.
packs::PublicKey read_public_key(const std::string &given) {
    const bool is_key_itself = given.starts_with("RW") && !std::filesystem::exists(given);
    return is_key_itself ? packs::parse_public_key(given, "--key") : packs::parse_public_key(read_text_file(given, packs::max_key_file_bytes), given);
}

void verify(const PackArguments &arguments) {
    const Interruption interruption;
    const packs::PackCheck check = packs::check_pack(arguments.folder, read_public_key(arguments.key_file), [] { Interruption::check(); });
    if (arguments.common.json) {
        fmt::print("{}\n", ordered_json{{"version", check.version}, {"files", check.manifest.files.size()}, {"findings", check.findings}}.dump());
    } else {
        for (const std::string &finding : check.findings) {
            fmt::print("{}\n", finding);
        }
    }
    if (!check.findings.empty()) {
        throw geo::Error(geo::ErrorKind::corrupt,
                         fmt::format("{} is not the pack that was signed: {}{}", arguments.folder, check.findings.front(),
                                     check.findings.size() == 1 ? "" : fmt::format("; and {} more", check.findings.size() - 1)));
    }
    if (!arguments.common.json) {
        fmt::print("{} is the pack {} as it was signed: {} files, {} bytes\n", arguments.folder, check.version, check.manifest.files.size(),
                   check.manifest.bytes());
    }
}

void print_delta(const PackArguments &arguments, const packs::DeltaOutcome &outcome, std::string_view what) {
    if (arguments.common.json) {
        fmt::print("{}\n", ordered_json{{"old", outcome.old_version},
                                        {"new", outcome.new_version},
                                        {"same", outcome.same},
                                        {"patched", outcome.patched},
                                        {"bytes", outcome.bytes}}
                               .dump());
    } else {
        fmt::print("{}: {} {} to {}: {} files differ, {} are the same; the delta has {} bytes\n", arguments.out, what, outcome.old_version,
                   outcome.new_version, outcome.patched, outcome.same, outcome.bytes);
    }
}

void make_delta(const PackArguments &arguments) {
    const Interruption interruption;
    print_delta(arguments, packs::write_delta(arguments.folder, arguments.other, arguments.out, [] { Interruption::check(); }), "from pack");
}

void apply(const PackArguments &arguments) {
    const Interruption interruption;
    const auto key = arguments.key_file.empty() ? std::nullopt : std::optional(read_public_key(arguments.key_file));
    print_delta(arguments, packs::apply_delta(arguments.folder, arguments.other, arguments.out, key, [] { Interruption::check(); }), "made of pack");
}

void create_key(const std::string &file, bool json) {
    const packs::SecretKey key = packs::create_key_file(file);
    const std::string text = packs::to_file(key.public_key());
    if (json) {
        fmt::print("{}\n", ordered_json{{"file", file}, {"id", packs::to_text(key.public_key().id)}, {"public", text}}.dump());
    } else {
        fmt::print("{}", text);
    }
}

void add_building(CLI::App &pack, const std::shared_ptr<PackArguments> &arguments) {
    auto *building = pack.add_subcommand("build", "Make a pack of the published layers: map, shelters and viewer, signed");
    building->footer("Example: keyaki pack build /media/stick/kiyose --base base.pmtiles --key pack.key");
    building->add_option("folder", arguments->folder, "The pack's folder; must not exist yet")->required();
    add_common_options(*building, arguments->common, true);
    building->add_option("--layers", arguments->layers, "Layers joined by commas, or city for all public ones (the setting pack_layers)");
    building->add_option("--base", arguments->bases,
                         "A base map beneath them (.pmtiles, .mbtiles), as often as there are; without it the archive that the settings name base");
    building->add_option("--bbox", arguments->bbox, "The area: west,south,east,north; without it the city's");
    building->add_option("--key", arguments->key_file, "The file of the key that signs (the setting pack_key)");
    building->add_option("--threads", arguments->threads, "Threads that work (all cores)")->check(CLI::Range(1, 256));
    building->add_option("--progress", arguments->progress, "auto, json or none");
    building->callback([arguments] { build(*arguments); });
}

void add_keys_of_packs(CLI::App &pack, const std::shared_ptr<PackArguments> &arguments) {
    auto *key = pack.add_subcommand("key", "The key that signs packs");
    key->require_subcommand(1);
    auto *creating = key->add_subcommand("create", "Make a key's file, and print its public key as minisign has it");
    creating->footer("Example: keyaki pack key create /etc/keyaki/pack.key > kiyose.pub");
    creating->add_option("file", arguments->key_file, "The secret key's file; must not exist yet")->required();
    creating->add_flag("--json", arguments->common.json, "Print results as JSON");
    creating->callback([arguments] { create_key(arguments->key_file, arguments->common.json); });

    auto *showing = key->add_subcommand("show", "Print the public key of a key's file");
    showing->footer("Example: keyaki pack key show /etc/keyaki/pack.key > kiyose.pub");
    showing->add_option("file", arguments->key_file, "The secret key's file")->required();
    showing->callback([arguments] { fmt::print("{}", packs::to_file(packs::read_key_file(arguments->key_file).public_key())); });
}

void add_deltas(CLI::App &pack, const std::shared_ptr<PackArguments> &arguments) {
    auto *making = pack.add_subcommand("delta", "Write what makes a new pack of an old one, and nothing that both have");
    making->footer("Example: keyaki pack delta packs/city-3f2a90c1d4e5 packs/city-90b1aa27f0c3 april.delta");
    making->add_option("old", arguments->folder, "The old pack's folder")->required();
    making->add_option("new", arguments->other, "The new pack's folder")->required();
    making->add_option("out", arguments->out, "The delta; must not exist yet")->required();
    making->add_flag("--json", arguments->common.json, "Print results as JSON");
    making->callback([arguments] { make_delta(*arguments); });

    auto *applying = pack.add_subcommand("apply", "Make the new pack of an old one and a delta, byte for byte");
    applying->footer("Example: keyaki pack apply /media/stick/kiyose april.delta /media/stick/kiyose-april --key kiyose.pub");
    applying->add_option("old", arguments->folder, "The old pack's folder")->required();
    applying->add_option("delta", arguments->other, "The delta")->required();
    applying->add_option("out", arguments->out, "The new pack's folder; must not exist yet")->required();
    applying->add_option("--key", arguments->key_file, "The public key that the new pack has to be signed by: a .pub file, or the key itself");
    applying->add_flag("--json", arguments->common.json, "Print results as JSON");
    applying->callback([arguments] { apply(*arguments); });
}

} // namespace

void add_packs(CLI::App &keyaki) {
    auto *pack = keyaki.add_subcommand("pack", "Maps for the time without a network: make, sign and check them");
    pack->require_subcommand(1);
    const auto arguments = std::make_shared<PackArguments>();
    add_building(*pack, arguments);

    auto *verifying = pack->add_subcommand("verify", "Whether a folder is the pack that was signed, byte for byte");
    verifying->footer("Example: keyaki pack verify /media/stick/kiyose --key kiyose.pub");
    verifying->add_option("folder", arguments->folder, "The pack's folder")->required();
    verifying->add_option("--key", arguments->key_file, "The public key: a .pub file, or the key itself")->required();
    verifying->add_flag("--json", arguments->common.json, "Print results as JSON");
    verifying->callback([arguments] { verify(*arguments); });

    add_deltas(*pack, arguments);
    add_keys_of_packs(*pack, arguments);
}

} // namespace keyaki::server::commands
