#include "tests/support/workbook.hpp"

#include "tests/support/zip_archive.hpp"

#include <algorithm>

namespace keyaki::test {

namespace {

const std::string declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";
const std::string main_space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const std::string office_space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const std::string package_space = "http://schemas.openxmlformats.org/package/2006/";

std::string cell_xml(const std::string &text, std::size_t column, std::size_t row) {
    if (text.empty()) {
        return {};
    }
    const std::string reference = std::string(1, static_cast<char>('A' + column)) + std::to_string(row);
    const bool is_number = text.find_first_not_of("0123456789.") == std::string::npos;
    return is_number ? "<c r=\"" + reference + "\"><v>" + text + "</v></c>"
                     : "<c r=\"" + reference + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

std::string sheet_xml(const std::vector<std::vector<std::string>> &rows) {
    std::string xml = declaration + "<worksheet xmlns=\"" + main_space + "\"><sheetData>";
    for (std::size_t row = 0; row < rows.size(); ++row) {
        xml += rows[row].empty() ? "" : "<row r=\"" + std::to_string(row + 1) + "\">";
        for (std::size_t column = 0; column < rows[row].size(); ++column) {
            xml += cell_xml(rows[row][column], column, row + 1);
        }
        xml += rows[row].empty() ? "" : "</row>";
    }
    return xml + "</sheetData></worksheet>";
}

std::string relationship(const std::string &id, const std::string &kind, const std::string &target) {
    return "<Relationship Id=\"" + id + "\" Type=\"" + office_space + "/" + kind + "\" Target=\"" + target + "\"/>";
}

std::string relationships(const std::string &all) {
    return declaration + "<Relationships xmlns=\"" + package_space + "relationships\">" + all + "</Relationships>";
}

} // namespace

std::string make_workbook(const std::vector<WorkbookSheet> &sheets) {
    std::string types =
        declaration + "<Types xmlns=\"" + package_space + "content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/>";
    std::string list = declaration + "<workbook xmlns=\"" + main_space + "\" xmlns:r=\"" + office_space + "\"><sheets>";
    std::string related;
    std::vector<ZipMember> members;
    for (std::size_t i = 0; i < sheets.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        const std::string part = "worksheets/sheet" + number + ".xml";
        list += "<sheet name=\"" + sheets[i].first + "\" sheetId=\"" + number + "\" r:id=\"rId" + number + "\"/>";
        related += relationship("rId" + number, "worksheet", part);
        types +=
            "<Override PartName=\"/xl/" + part + "\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>";
        members.push_back({"xl/" + part, sheet_xml(sheets[i].second), 0, 0, false, true});
    }
    types += "<Override PartName=\"/xl/workbook.xml\" "
             "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
    members.insert(members.begin(), {{"[Content_Types].xml", types},
                                     {"_rels/.rels", relationships(relationship("rId1", "officeDocument", "xl/workbook.xml"))},
                                     {"xl/workbook.xml", list + "</sheets></workbook>"},
                                     {"xl/_rels/workbook.xml.rels", relationships(related)}});
    return zip_archive(members);
}

} // namespace keyaki::test
