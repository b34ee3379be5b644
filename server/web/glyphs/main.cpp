// Makes the glyphs that the server hands out, when keyaki is built:
//   keyaki_glyphs OUT_FOLDER FONT_FILE=FAMILY=STACK...
// glyphs.bin holds the ranges of all stacks, each packed with gzip; embedded_glyphs.inc says where each lies, and embedded_glyphs.S puts the
// bytes into the program. The same fonts give the same bytes, with any number of threads.
#include "server/web/glyphs/glyph_range.hpp"
#include "server/web/glyphs/wanted_characters.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <libdeflate.h>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace {

using namespace keyaki::server::web::glyphs;

constexpr int gzip_level = 9; // 12 gains a hundredth and takes ten times as long

struct Stack {
    std::filesystem::path file;
    std::string family;
    std::string name;
};

struct Range {
    const Stack *stack = nullptr;
    char32_t first = 0;
    std::vector<char32_t> characters;
    std::string packed;
};

Stack parse_stack(const std::string &word) {
    const auto family = word.find('=');
    const auto name = family == std::string::npos ? family : word.find('=', family + 1);
    if (name == std::string::npos) {
        throw std::runtime_error("expected FONT_FILE=FAMILY=STACK, found " + word);
    }
    return {word.substr(0, family), word.substr(family + 1, name - family - 1), word.substr(name + 1)};
}

std::vector<Range> ranges_of(const std::vector<Stack> &stacks) {
    const WantedCharacters wanted;
    std::vector<Range> ranges;
    for (const Stack &stack : stacks) {
        std::map<char32_t, std::vector<char32_t>> by_first;
        for (const char32_t character : Font(stack.file, stack.family).characters()) {
            if (wanted.has(character)) {
                by_first[character / characters_per_range * characters_per_range].push_back(character);
            }
        }
        for (auto &[first, characters] : by_first) {
            ranges.push_back({&stack, first, std::move(characters), {}});
        }
    }
    return ranges;
}

std::string gzip(const std::string &bytes) {
    const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(libdeflate_alloc_compressor(gzip_level),
                                                                                                   libdeflate_free_compressor);
    if (!compressor) {
        throw std::bad_alloc();
    }
    std::string packed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
    packed.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(), packed.size()));
    return packed;
}

/// Takes one range after the other until none is left. A font serves one thread, so each opens its own.
void fill(std::vector<Range> &ranges, std::atomic<std::size_t> &next) {
    const Stack *opened = nullptr;
    std::unique_ptr<Font> font;
    for (std::size_t index = next++; index < ranges.size(); index = next++) {
        Range &range = ranges[index];
        if (opened != range.stack) {
            font = std::make_unique<Font>(range.stack->file, range.stack->family);
            opened = range.stack;
        }
        range.packed = gzip(encode_range(*font, range.stack->name, range.first, range.characters));
    }
}

void fill_in_parallel(std::vector<Range> &ranges) {
    std::atomic<std::size_t> next = 0;
    std::mutex guard;
    std::exception_ptr failure;
    {
        std::vector<std::jthread> threads;
        for (unsigned thread = 0; thread < std::max(1U, std::thread::hardware_concurrency()); ++thread) {
            threads.emplace_back([&] {
                try {
                    fill(ranges, next);
                } catch (...) {
                    const std::scoped_lock lock(guard);
                    failure = std::current_exception();
                }
            });
        }
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

/// FNV-1a: tells versions of a range apart for caches; nobody is kept from making two that are alike.
std::uint64_t fingerprint(const std::string &bytes) {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const char byte : bytes) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
    }
    return hash;
}

std::ofstream open(const std::filesystem::path &path) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.exceptions(std::ios::failbit | std::ios::badbit);
    return file;
}

void write(const std::filesystem::path &folder, const std::vector<Range> &ranges) {
    std::filesystem::create_directories(folder);
    auto bytes = open(folder / "glyphs.bin");
    auto table = open(folder / "embedded_glyphs.inc");
    table << "// Made by keyaki_glyphs: the ranges by stack and first character.\nextern \"C\" const char keyaki_glyph_bytes[];\n\n"
          << fmt::format("constexpr std::array<EmbeddedRange, {}> embedded_ranges{{{{\n", ranges.size());
    std::size_t offset = 0;
    std::string tags;
    for (const Range &range : ranges) {
        const std::string tag = fmt::format("{:016x}", fingerprint(range.packed));
        bytes << range.packed;
        table << fmt::format("    {{\"{}\", {}, {}, {}, \"{}\"}},\n", range.stack->name, static_cast<std::uint32_t>(range.first), offset,
                             range.packed.size(), tag);
        offset += range.packed.size();
        tags += tag;
    }
    table << "}};\n";
    // The mark of the content lets a compiler's cache see that the bytes, which the source only names, have changed.
    open(folder / "embedded_glyphs.S") << fmt::format(
        "// Made by keyaki_glyphs, content {:016x}.\n    .section .rodata\n    .global keyaki_glyph_bytes\n"
        "    .balign 16\nkeyaki_glyph_bytes:\n    .incbin \"{}\"\n"
        "    .section .note.GNU-stack,\"\",%progbits\n",
        fingerprint(tags), (folder / "glyphs.bin").string());
}

void make(const std::vector<std::string> &words) {
    std::vector<Stack> stacks;
    for (std::size_t word = 1; word < words.size(); ++word) {
        stacks.push_back(parse_stack(words[word]));
    }
    std::sort(stacks.begin(), stacks.end(), [](const Stack &left, const Stack &right) { return left.name < right.name; });
    std::vector<Range> ranges = ranges_of(stacks);
    fill_in_parallel(ranges);
    write(words.front(), ranges);
    std::size_t characters = 0;
    std::size_t size = 0;
    for (const Range &range : ranges) {
        characters += range.characters.size();
        size += range.packed.size();
    }
    fmt::print("{} glyphs in {} ranges, {} bytes packed\n", characters, ranges.size(), size);
}

} // namespace

int main(int count, char **words) {
    try {
        if (count < 3) {
            throw std::runtime_error("expected OUT_FOLDER FONT_FILE=FAMILY=STACK...");
        }
        make({words + 1, words + count});
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki_glyphs: {}\n", error.what());
        return 1;
    }
}
