import { connectorContract } from '../../contract/connector.ts';
import { trytonSubject } from './subject.ts';

connectorContract(trytonSubject);
