import type { Document } from './erp-fields.ts';

/** The documents of the practice ERP, in the shapes Fortnox v3 answers with, `@url` aside. */

export interface ErpRow extends Document {
  RowId: number;
  /** Two decimals, as text. */
  OrderedQuantity: string;
  DeliveredQuantity: string;
  Price: number;
  Total: number;
  VAT: number;
  ArticleNumber?: string;
  Description?: string;
  Discount?: number;
  DiscountType?: 'AMOUNT' | 'PERCENT';
  AccountNumber?: number;
}

export interface ErpOrder extends Document {
  DocumentNumber: string;
  CustomerNumber: string;
  CustomerName: string;
  OrderDate: string;
  OrderRows: ErpRow[];
  VATIncluded: boolean;
  Currency: string;
  CurrencyRate: number;
  Freight: number;
  AdministrationFee: number;
  Net: number;
  TotalVAT: number;
  Total: number;
  Cancelled: boolean;
  Sent: boolean;
  /** "0" until invoiced. */
  InvoiceReference: string;
  ExternalInvoiceReference1?: string;
  WarehouseReady: boolean;
  DeliveryState: 'registration' | 'reservation' | 'delivery';
}

export interface ErpInvoice extends Document {
  DocumentNumber: string;
  CustomerNumber: string;
  CustomerName: string;
  InvoiceDate: string;
  OrderReference: string;
  Total: number;
  Balance: number;
  Cancelled: boolean;
}

export interface ErpCustomer extends Document {
  CustomerNumber: string;
  Name: string;
  Active: boolean;
  Email?: string;
  OrganisationNumber?: string;
  Currency: string;
  PriceList: string;
  VATType: string;
  ShowPriceVATIncluded: boolean;
}

export interface ErpArticle extends Document {
  ArticleNumber: string;
  Description: string;
  Active: boolean;
  VAT: number;
  QuantityInStock: number;
  StockGoods: boolean;
  SalesAccount: number;
  Unit: string;
}

export interface ErpPriceList extends Document {
  Code: string;
  Description: string;
  PreSelected: boolean;
}

export interface ErpPrice extends Document {
  ArticleNumber: string;
  PriceList: string;
  FromQuantity: number;
  Price: number;
  Percent: number;
  Date: string;
}

export interface ErpCostCenter extends Document {
  Code: string;
  Description: string;
  Active: boolean;
}

/** A document with the moments that Fortnox keeps and does not tell. */
export interface Kept<T> {
  document: T;
  /** Unix milliseconds. */
  createdAt: number;
  modifiedAt: number;
}
